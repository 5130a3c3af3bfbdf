// libjpeg-turbo's TurboJPEG interface, version 2 or later.
#pragma once
#include <turbojpeg.h>
