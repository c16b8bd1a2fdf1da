//go:build unix && !linux

package table

func adviseHuge([]byte) {}
