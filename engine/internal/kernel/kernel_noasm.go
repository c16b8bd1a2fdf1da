//go:build (!amd64 && !arm64) || purego

package kernel

// assembly lists the kernels written in assembly: none in this build.
var assembly []*Kernel
