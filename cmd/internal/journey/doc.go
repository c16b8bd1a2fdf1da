// Package journey has the measurements of the stages, as make profiles leaves them in
// a folder, and reads them. Package profile makes them, 1brc report shows them.
//
//	profiles/DATE-CPU-Ncpu/run.json   Run: machine, input, settings, names of the stages
//	                 STAGE/run.json   Stage: times and memory, and what its profiles say
//	                 STAGE/cpu.folded its CPU time by stack: Run.Stacks
//
// Units are seconds, bytes and rows.
package journey
