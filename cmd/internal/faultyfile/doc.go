// Package faultyfile mounts a file whose later bytes cannot be read, for tests of
// what a program does when a disk fails. It needs FUSE and exists on Linux only.
package faultyfile
