/// The JSON Schema (draft 2020-12) of what ``JSONRenderer`` writes.
package let reportSchema = String(decoding: PackageResources.report_1_schema_json, as: UTF8.self)
