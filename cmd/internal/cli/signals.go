package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// twice is how long after a signal another one counts as the same: timeout(1), for
// one, sends its signal to the program and then to the program's group.
const twice = time.Second

// SignalContext returns a context that ends at the first SIGINT, SIGTERM or
// SIGHUP. Another signal kills the process, unless it follows at once. SIGHUP does
// nothing if the process started with it ignored, as under nohup.
func SignalContext() (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if hangup != nil && !signal.Ignored(hangup) {
		signals = append(signals, hangup)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, func() { time.AfterFunc(twice, stop) })
	return ctx, stop
}
