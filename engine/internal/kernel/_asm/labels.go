package main

import "strconv"

var labels int

// uniqueLabel returns a label that no other call returns.
func uniqueLabel(name string) string {
	labels++
	return name + strconv.Itoa(labels)
}
