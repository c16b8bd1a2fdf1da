// Command numatest runs the tests that need several NUMA nodes in a virtual
// machine that has them. qemu emulates its CPUs, so that numatest also works
// inside a virtual machine.
//
//	host:  go test -c ──▶ tests ┐
//	       this program ────────┴▶ initramfs ─▶ qemu, with a kernel of the host
//	guest: this program, as init ─▶ each of the tests ─▶ serial console
//
// It needs qemu-system-x86_64 (Debian: qemu-system-x86) and a kernel with NUMA,
// cgroup v2 and a serial console built in (Debian: linux-image-cloud-amd64). It
// builds itself and the tests for amd64 and without cgo, because the guest has
// no libc.
//
// The guest has two nodes, each with one core of two CPUs, and a third node that
// has only memory. ONEBRC_REQUIRE makes a test fail there, rather than skip, for
// lack of nodes or of a cgroup.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

// self is the package of this program.
const self = "onebrc/cmd/dev/numatest"

// suite is a package and the tests of it that run in the guest. They must not
// need a file of the module.
type suite struct {
	pkg   string
	tests string // pattern of -test.run
}

var suites = []suite{
	{"onebrc/engine/internal/topology", "."},
	{"onebrc/engine", "^TestNodes$"},
}

// passed is the last line of a guest in which every test passed.
const passed = "numatest: every test passed"

// machine is the virtual machine. Its distances are those of two sockets and of
// memory that is attached to the first socket. The guest's kernel finds SMT
// siblings only with this vendor. One thread of the host runs all CPUs in turn:
// on a host with few cores, that is faster than CPUs that wait for one another.
var machine = []string{
	"-machine", "q35", "-accel", "tcg,thread=single", "-cpu", "max,vendor=GenuineIntel", "-m", "768",
	"-smp", "4,sockets=2,cores=1,threads=2",
	"-object", "memory-backend-ram,id=m0,size=320M",
	"-object", "memory-backend-ram,id=m1,size=320M",
	"-object", "memory-backend-ram,id=m2,size=128M",
	"-numa", "node,nodeid=0,cpus=0-1,memdev=m0",
	"-numa", "node,nodeid=1,cpus=2-3,memdev=m1",
	"-numa", "node,nodeid=2,memdev=m2",
	"-numa", "dist,src=0,dst=1,val=21",
	"-numa", "dist,src=0,dst=2,val=14",
	"-numa", "dist,src=1,dst=2,val=24",
	"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
	"-append", "console=ttyS0 quiet panic=-1",
}

func main() {
	if os.Getpid() == 1 {
		guest()
		return
	}
	kernel := pflag.String("kernel", "", "kernel `image`; the newest /boot/vmlinuz-* if empty")
	qemu := pflag.String("qemu", "qemu-system-x86_64", "qemu `program` for amd64")
	timeout := pflag.Duration("timeout", 10*time.Minute, "time limit of the guest")
	pflag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	err := host(ctx, *kernel, *qemu)
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "numatest:", err)
		os.Exit(1)
	}
}

// host boots a guest that runs the tests, and copies its console to standard
// output.
func host(ctx context.Context, kernel, qemu string) error {
	qemu, err := exec.LookPath(qemu)
	if err != nil {
		return fmt.Errorf("%w (Debian: apt-get install qemu-system-x86)", err)
	}
	if kernel == "" {
		if kernel, err = newestKernel(); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "numatest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	init, tests, image := filepath.Join(dir, "init"), filepath.Join(dir, testsFolder), filepath.Join(dir, "initramfs")
	if err := build(ctx, "build", "-o", init, self); err != nil {
		return err
	}
	if err := os.Mkdir(tests, 0o755); err != nil {
		return err
	}
	args := []string{"test", "-c", "-ldflags=-s -w", "-o", tests + "/"}
	for _, s := range suites {
		args = append(args, s.pkg)
	}
	if err := build(ctx, args...); err != nil {
		return err
	}
	if err := writeInitramfs(image, init, tests); err != nil {
		return err
	}
	var console bytes.Buffer
	c := exec.CommandContext(ctx, qemu, append(slices.Clone(machine), "-kernel", kernel, "-initrd", image)...)
	c.Stdout, c.Stderr = io.MultiWriter(os.Stdout, &console), os.Stderr
	err = c.Run()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("the guest did not end: %w", ctx.Err())
	case err != nil:
		return fmt.Errorf("%s: %w", qemu, err)
	case !bytes.Contains(console.Bytes(), []byte(passed)):
		return errors.New("a test failed, or the guest did not run all tests")
	}
	return nil
}

// newestKernel returns the kernel image that was installed last.
func newestKernel() (newest string, err error) {
	images, err := filepath.Glob("/boot/vmlinuz-*")
	if err != nil {
		return "", err
	}
	var at time.Time
	for _, image := range images {
		info, err := os.Stat(image)
		if err != nil {
			return "", err
		}
		if info.ModTime().After(at) {
			newest, at = image, info.ModTime()
		}
	}
	if newest == "" {
		return "", errors.New("no kernel in /boot/vmlinuz-* (Debian: apt-get install linux-image-cloud-amd64); use --kernel for one elsewhere")
	}
	return newest, nil
}

// build runs the go command for the guest's platform.
func build(ctx context.Context, args ...string) error {
	c := exec.CommandContext(ctx, "go", args...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("go %s: %w", args[0], err)
	}
	return nil
}
