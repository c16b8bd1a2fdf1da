package topology

// Policy says on which nodes memory is allocated when it is first touched.
// What is allocated already stays where it is.
type Policy int

// The policies, with the kernel's numbers (set_mempolicy(2)). Local takes no
// nodes.
const (
	Local      Policy = iota // on the node of the CPU that touches it
	Preferred                // on the first of the nodes, or elsewhere if it is full
	Bind                     // on the nodes and nowhere else: the process may be killed if they are full
	Interleave               // on the nodes in turn, page by page
)
