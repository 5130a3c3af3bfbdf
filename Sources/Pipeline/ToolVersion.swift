/// The version of the program, as records and reports state it.
package let toolVersion = "0.1.0"
