package topology

// Policy says on which nodes memory is allocated when it is first touched.
// Memory that is already allocated stays where it is.
type Policy int

// The policies, with the numbers of the kernel (set_mempolicy(2)). Local takes
// no nodes.
const (
	Local      Policy = iota // on the node of the CPU that touches it
	Preferred                // on the first of the nodes, elsewhere if it is full
	Bind                     // only on the nodes; the process may be killed if they are full
	Interleave               // on the nodes in turn, page by page
)
