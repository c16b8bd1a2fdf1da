// Package faultyfile mounts a file whose later bytes cannot be read. Tests use it
// to find out what a program does when a disk fails. It needs FUSE on Linux.
package faultyfile
