//go:build !amd64 || purego

package fields

// assembly lists the kernels written in assembly: none in this build.
var assembly []*Kernel
