#pragma once

/// The highest x86-64 microarchitecture level that this processor has, among 1, 3 and 4; 0 on other processors.
int qtool_processor_level(void);
