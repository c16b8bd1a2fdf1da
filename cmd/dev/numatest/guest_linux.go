package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// guest runs as init: it runs the tests and powers the machine off.
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

// mountAll mounts the file systems that tests need and enables the controllers
// of cgroups.
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

// runTests runs the tests of every suite.
func runTests() error {
	var failed []error
	for _, s := range suites {
		fmt.Println("numatest: run", s.pkg, s.tests)
		c := exec.Command(path.Join("/", testsFolder, path.Base(s.pkg)+".test"), "-test.v", "-test.short", "-test.run", s.tests)
		c.Dir = "/tmp"
		c.Env = []string{"ONEBRC_REQUIRE=numa,cgroup"}
		if err := runShort(c); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.pkg, err))
		}
	}
	return errors.Join(failed...)
}

// runShort runs c and prints its output, without the lines that say which tests
// start and which subtests pass. It fails if no test ran.
func runShort(c *exec.Cmd) error {
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		return err
	}
	lines, ran := bufio.NewScanner(out), false
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "    --- PASS") {
			fmt.Println(line)
		}
		ran = ran || strings.HasPrefix(line, "--- PASS")
	}
	err = errors.Join(lines.Err(), c.Wait())
	if err == nil && !ran {
		err = errors.New("no test ran")
	}
	return err
}
