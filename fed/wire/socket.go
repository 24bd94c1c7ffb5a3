package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Sockets is the carrier without anything in between: the hub dials each site's socket. A connection serves one order
// after the other.
type Sockets map[string]string // path of the Unix socket, by site

// Do dials, and gives up when the context ends.
func (s Sockets) Do(ctx context.Context, site string, order Frame) (Frame, error) {
	path, ok := s[site]
	if !ok {
		return Frame{}, fmt.Errorf("wire: no socket of site %q", site)
	}
	var dial net.Dialer
	c, err := dial.DialContext(ctx, "unix", path)
	if err != nil {
		return Frame{}, fmt.Errorf("wire: site %q: %w", site, err)
	}
	defer c.Close() // the answer is read
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	answer, err := exchange(c, order)
	if err != nil {
		if stopped := ctx.Err(); stopped != nil {
			err = stopped
		}
		return Frame{}, fmt.Errorf("wire: site %q: %w", site, err)
	}
	return answer, nil
}

func exchange(c net.Conn, order Frame) (Frame, error) {
	if err := Write(c, order); err != nil {
		return Frame{}, err
	}
	answer, err := Read(c)
	if errors.Is(err, io.EOF) {
		err = errors.New("it closed the connection before it answered")
	}
	return answer, err
}

// Close has nothing to close.
func (s Sockets) Close() error { return nil }

// Serve answers orders on a listener until the context ends, one at a time: a site is one client. A connection that
// says nothing for idle is closed.
func Serve(ctx context.Context, l net.Listener, h Handler, idle time.Duration) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var busy sync.Mutex
	var open sync.WaitGroup
	defer open.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("wire: listen: %w", err)
		}
		open.Go(func() { talk(ctx, c, h, idle, &busy) })
	}
}

// talk serves a connection. What goes wrong on it is the other side's to see.
func talk(ctx context.Context, c net.Conn, h Handler, idle time.Duration, busy *sync.Mutex) {
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	for {
		_ = c.SetReadDeadline(time.Now().Add(idle))
		order, err := Read(c)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				bad, _ := New(Answer{V: Version, Error: err.Error(), Refused: true}, nil)
				_ = Write(c, bad)
			}
			return
		}
		busy.Lock()
		answer := h(ctx, order)
		busy.Unlock()
		if err := Write(c, answer); err != nil {
			return
		}
	}
}
