package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is the one browser of all tests; nil where there is none.
var chromium context.Context

func TestMain(m *testing.M) { os.Exit(with(m)) }

func with(m *testing.M) int {
	path := find()
	if path == "" {
		return m.Run()
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("force-color-profile", "srgb"), chromedp.WindowSize(1400, 1000))
	allocated, end := chromedp.NewExecAllocator(context.Background(), options...)
	defer end()
	browser, end := chromedp.NewContext(allocated)
	defer end()
	if err := chromedp.Do(browser); err != nil {
		fmt.Fprintln(os.Stderr, "Chromium does not start:", err)
		return 1
	}
	chromium = browser
	return m.Run()
}

// find returns the path of a Chromium that is here, or nothing.
func find() string {
	names := []string{os.Getenv("CHROME"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	for _, name := range names {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	return ""
}

// tab is a page in the browser, and what it complained of.
type tab struct {
	context.Context
	t      *testing.T
	mu     sync.Mutex
	faults []string
	own    string // addresses that the page may ask for begin with it
}

// open shows the page of an address in a tab of its own.
func open(t *testing.T, url string) *tab {
	t.Helper()
	if chromium == nil {
		t.Skip("no Chromium here: install it, or set CHROME to its path")
	}
	ctx, end := chromedp.NewContext(chromium)
	t.Cleanup(end)
	ctx, late := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(late)
	p := &tab{Context: ctx, t: t, own: url}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	call(p, log.Enable, cdp.Empty{})
	call(p, network.Enable, network.EnableParams{})
	p.do(chromedp.Navigate(url))
	return p
}

// listen keeps what a report must not do: errors, dialogs, requests to anywhere but where it lies.
func (p *tab) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.fault("exception: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var words []string
			for _, arg := range e.Args {
				words = append(words, string(arg.Value))
			}
			p.fault("console: %s", strings.Join(words, " "))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			p.fault("log: %s", e.Entry.Text)
		}
	case *page.EventJavascriptDialogOpening:
		p.fault("a dialog opened: %s", e.Message)
		close := page.HandleJavaScriptDialogParams{Accept: true}
		go func() { _, _ = chromedp.Call(p.Context, page.HandleJavaScriptDialog, close) }()
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, p.own) && !strings.HasPrefix(url, "data:") {
			p.fault("a request to %s", url)
		}
	}
}

func (p *tab) fault(format string, values ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fmt.Sprintf(format, values...))
}

// quiet fails the test for what the page complained of so far.
func (p *tab) quiet() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		p.t.Error(f)
	}
}

// do runs actions, all of which must work.
func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.Context, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// call sends a command of the protocol that must work.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	got, err := chromedp.Call(p.Context, command, params)
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

// ask evaluates an expression of the page's, and waits for it if it is a promise.
func ask[T any](p *tab, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.Context, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	return value
}
