// The parts of Argo CD that synchronize applications, and the Redis that they need. The first argument selects one of them;
// the others are its own arguments.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	repoServer "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: %s application-controller|repo-server|redis ADDRESS", os.Args[0]))
	}
	program, args := os.Args[1], os.Args[2:]
	switch program {
	case "application-controller":
		command := controller.NewCommand()
		command.SetArgs(args)
		fail(command.Execute())
	case "repo-server":
		command := repoServer.NewCommand()
		command.SetArgs(args)
		fail(command.Execute())
	case "redis":
		fail(serveRedis(args))
	default:
		fail(fmt.Errorf("unknown program %q", program))
	}
}

// Serves an in-memory Redis until a signal.
func serveRedis(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("redis needs one argument, the address to listen at")
	}
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(args[0]); err != nil {
		return err
	}
	defer server.Close()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	// Miniredis expires keys only by this clock.
	second := time.NewTicker(time.Second)
	for {
		select {
		case <-second.C:
			server.FastForward(time.Second)
		case <-signals:
			return nil
		}
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
