package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// guest is init: it runs the tests and turns the machine off.
func guest() {
	err := mountAll()
	if err == nil {
		err = runTests()
	}
	if err == nil {
		fmt.Println(passed)
	} else {
		fmt.Println("numatest:", err)
	}
	err = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	fmt.Println("numatest: power off:", err) // init ends, and the kernel panics
}

// mountAll mounts what tests need, and gives cgroups their controllers.
func mountAll() error {
	for _, m := range [][2]string{
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}, {"cgroup2", "/sys/fs/cgroup"},
	} {
		if err := os.MkdirAll(m[1], 0o755); err != nil {
			return err
		}
		if err := unix.Mount("none", m[1], m[0], 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m[1], err)
		}
	}
	return os.WriteFile("/sys/fs/cgroup/cgroup.subtree_control", []byte("+cpu +cpuset +memory"), 0)
}

// runTests runs every test program.
func runTests() error {
	tests, err := filepath.Glob(filepath.Join("/", testsFolder, "*"))
	if err != nil || len(tests) == 0 {
		return fmt.Errorf("no tests: %v", err)
	}
	var failed []error
	for _, test := range tests {
		fmt.Println("numatest: run", test)
		c := exec.Command(test, "-test.v", "-test.short")
		c.Dir = "/tmp"
		c.Env = []string{"ONEBRC_REQUIRE=numa,cgroup"}
		if err := runShort(c); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", test, err))
		}
	}
	return errors.Join(failed...)
}

// runShort runs c and prints its output without the lines that say which tests
// begin and which parts of them pass.
func runShort(c *exec.Cmd) error {
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if line := lines.Text(); !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "    --- PASS") {
			fmt.Println(line)
		}
	}
	return errors.Join(lines.Err(), c.Wait())
}
