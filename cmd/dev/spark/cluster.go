//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const workers = 2

// cluster is a standalone master and its workers, on loopback.
type cluster struct {
	url     string
	web     string // of the master
	home    string
	dir     string
	master  *exec.Cmd
	workers []*exec.Cmd
}

// freePort returns a port that nothing listens on.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// newCluster starts a cluster and waits until its workers have registered.
func newCluster(ctx context.Context, home, dir string) (*cluster, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	web, err := freePort()
	if err != nil {
		return nil, err
	}
	c := &cluster{
		url: fmt.Sprintf("spark://127.0.0.1:%d", port), web: fmt.Sprintf("http://127.0.0.1:%d/json/", web), home: home, dir: dir,
	}
	c.master, err = c.start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", strconv.Itoa(port), "--webui-port", strconv.Itoa(web))
	if err != nil {
		return nil, err
	}
	if err := c.wait(ctx, 0); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	for range workers {
		if err := c.addWorker(); err != nil {
			return nil, errors.Join(err, c.stop())
		}
	}
	if err := c.wait(ctx, workers); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// start starts a process of Spark in a group of its own.
func (c *cluster) start(name, class string, args ...string) (*exec.Cmd, error) {
	log, err := os.OpenFile(filepath.Join(c.dir, name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command := exec.Command(filepath.Join(c.home, "bin", "spark-class"), append([]string{class}, args...)...)
	command.Env = append(os.Environ(), "SPARK_HOME="+c.home, "SPARK_LOCAL_IP=127.0.0.1", "SPARK_NO_DAEMONIZE=1")
	command.Dir, command.Stdout, command.Stderr = c.dir, log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL} // see main
	return command, command.Start()
}

// addWorker starts a worker of one core.
func (c *cluster) addWorker() error {
	name := fmt.Sprintf("worker%d", len(c.workers))
	worker, err := c.start(name, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g",
		"--webui-port", "0", "--work-dir", filepath.Join(c.dir, name), c.url)
	if err == nil {
		c.workers = append(c.workers, worker)
	}
	return err
}

// wait waits until so many workers are alive.
func (c *cluster) wait(ctx context.Context, alive int) error {
	const limit = 2 * time.Minute
	for start := time.Now(); time.Since(start) < limit && ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		response, err := http.Get(c.web)
		if err != nil {
			continue
		}
		var state struct {
			Alive int `json:"aliveworkers"`
		}
		err = json.NewDecoder(response.Body).Decode(&state)
		response.Body.Close()
		if err == nil && state.Alive == alive {
			return nil
		}
	}
	return fmt.Errorf("the cluster has not %d workers after %v; its logs are in %s", alive, limit, c.dir)
}

// stop ends all processes of the cluster.
func (c *cluster) stop() error {
	for _, process := range append(c.workers, c.master) {
		_ = syscall.Kill(-process.Process.Pid, syscall.SIGKILL) // it may have ended
		_ = process.Wait()                                      // it was killed
	}
	return nil
}
