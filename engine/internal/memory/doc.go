// Package memory allocates the memory of tables and bounds it.
package memory
