package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// performed runs a job by its real means. @returns how it ended, and the log
func performed(t *testing.T, j *job, c *config, stopped context.Context) (run, string) {
	t.Helper()
	l := ledger{t.TempDir()}
	if err := l.prepare(); err != nil {
		t.Fatal(err)
	}
	c.Jobs = []*job{j}
	var log bytes.Buffer
	s := &server{jobs: c, ledger: l, log: newLog(&log), container: "a", now: time.Now, sleep: func(context.Context, time.Duration) {}}
	claimed, err := l.claim(j, time.Now(), time.Now(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ended := s.runToItsEnd(stopped, j, claimed)
	if err := l.finish(j, claimed, ended); err != nil {
		t.Fatal(err)
	}
	return ended, log.String()
}

func commandJob(words ...string) *job {
	return &job{Name: "work", Command: words, TimeoutSeconds: 10, Overlap: forbid}
}

func TestOutputIsJSONWithTheRun(t *testing.T) {
	ended, log := performed(t, commandJob("/bin/sh", "-c", `echo plain; echo '{"level":"debug","message":"own"}'; echo bad >&2; printf rest`), &config{}, context.Background())
	if ended.Result != success || *ended.Code != 0 {
		t.Fatalf("%+v", ended)
	}
	var messages []string
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		var found fields
		if err := json.Unmarshal([]byte(line), &found); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if found["job"] != "work" || found["run"] != ended.ID {
			t.Errorf("without its run: %s", line)
		}
		messages = append(messages, found["level"].(string)+" "+found["message"].(string))
	}
	for _, want := range []string{"info plain", "debug own", "warn bad", "info rest"} {
		if !strings.Contains(strings.Join(messages, "\n")+"\n", want+"\n") {
			t.Errorf("%q is missing in %v", want, messages)
		}
	}
}

func TestArgumentsAreNoShell(t *testing.T) {
	_, log := performed(t, commandJob("/bin/echo", "$HOME; `id`", "a  b"), &config{}, context.Background())
	if !strings.Contains(log, "$HOME; `id` a  b") {
		t.Error(log)
	}
}

func TestWhoReadsItsInputIsNotKeptWaiting(t *testing.T) {
	if ended, _ := performed(t, commandJob("/bin/cat"), &config{}, context.Background()); ended.Result != success {
		t.Errorf("%+v", ended)
	}
}

func TestGoesThroughTheEntrypoint(t *testing.T) {
	_, log := performed(t, commandJob("work"), &config{entrypoint: []string{"/bin/echo", "through"}}, context.Background())
	if !strings.Contains(log, "through work") {
		t.Error(log)
	}
}

func TestExitCodeSignalAndNoProgram(t *testing.T) {
	for _, each := range []struct {
		words   []string
		message string
	}{
		{[]string{"/bin/sh", "-c", "exit 3"}, "it ended with 3"},
		{[]string{"/bin/sh", "-c", "kill -9 $$"}, "it was ended by the signal killed: perhaps it was out of memory"},
		{[]string{"/no/such/program"}, "fork/exec /no/such/program: no such file or directory"},
	} {
		ended, _ := performed(t, commandJob(each.words...), &config{}, context.Background())
		if ended.Result != failure || ended.Message != each.message {
			t.Errorf("%v: %+v", each.words, ended)
		}
	}
}

func TestTimeoutEndsTheWholeGroup(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	j := commandJob("/bin/sh", "-c", `(sleep 3; touch "$0") & wait`, mark)
	j.TimeoutSeconds = 1
	ended, _ := performed(t, j, &config{}, context.Background())
	if ended.Result != timedOut {
		t.Fatalf("%+v", ended)
	}
	time.Sleep(3 * time.Second)
	if _, err := os.Stat(mark); err == nil {
		t.Error("what it left in the background goes on")
	}
}

func TestWhatIsLeftInTheBackgroundDoesNotKeepItFromEnding(t *testing.T) {
	began := time.Now()
	ended, _ := performed(t, commandJob("/bin/sh", "-c", "sleep 30 & echo done"), &config{}, context.Background())
	if ended.Result != success || time.Since(began) > 8*time.Second {
		t.Errorf("%+v after %s", ended, time.Since(began))
	}
}

func TestRetries(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	j := commandJob("/bin/sh", "-c", `[ -e "$0" ] || { touch "$0"; exit 1; }`, mark)
	j.Retries = 2
	ended, log := performed(t, j, &config{}, context.Background())
	if ended.Result != success || ended.Attempts != 2 {
		t.Errorf("%+v", ended)
	}
	if !strings.Contains(log, "attempt 1 of 3: it ended with 1; the next in 1s") {
		t.Error(log)
	}
}

func TestIsAskedToEnd(t *testing.T) {
	stopped, stop := context.WithCancel(context.Background())
	time.AfterFunc(300*time.Millisecond, stop)
	j := commandJob("/bin/sh", "-c", `trap 'echo ending; exit 0' TERM; while :; do sleep 0.1; done`)
	ended, log := performed(t, j, &config{GraceSeconds: 5}, stopped)
	if !strings.Contains(log, "ending") || ended.Attempts != 1 {
		t.Errorf("%+v %s", ended, log)
	}
}

// asked runs a request to a stand-in of the app.
func asked(t *testing.T, j *job, handle http.HandlerFunc, before ...string) (run, string) {
	t.Helper()
	app := httptest.NewServer(handle)
	defer app.Close()
	c := &config{apps: append(before, app.URL), host: "shop.example.com", scheme: "https"}
	return performed(t, j, c, context.Background())
}

func request(r httpRequest) *job {
	return &job{Name: "ask", HTTP: &r, TimeoutSeconds: 2, Overlap: forbid}
}

func TestAsksTheApp(t *testing.T) {
	token := filepath.Join(t.TempDir(), "TOKEN")
	if err := os.WriteFile(token, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	j := request(httpRequest{Method: "POST", Path: "/v1/admin/cleanup?all=1", Headers: map[string]string{"X-Job": "cleanup"}, BearerFile: token, Expect: []int{204, 202}})
	// The first container is not there.
	ended, log := asked(t, j, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" || r.RequestURI != "/v1/admin/cleanup?all=1" || r.Header.Get("Authorization") != "Bearer s3cret" ||
			r.Host != "shop.example.com" || r.Header.Get("X-Forwarded-Proto") != "https" || r.Header.Get("X-Job") != "cleanup" {
			t.Errorf("asked: %s %s %s %v", r.Method, r.RequestURI, r.Host, r.Header)
		}
		w.WriteHeader(202)
		_, _ = w.Write([]byte("took s3cret"))
	}, "http://127.0.0.1:1")
	if ended.Result != success || *ended.Code != 202 {
		t.Errorf("%+v", ended)
	}
	if strings.Contains(log, "s3cret") || !strings.Contains(log, "took [secret]") {
		t.Error(log)
	}
}

func TestStatusesThatAreNone(t *testing.T) {
	for _, status := range []int{301, 404, 500, 503} {
		ended, _ := asked(t, request(httpRequest{Method: "GET", Path: "/"}), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		})
		if ended.Result != failure || *ended.Code != status {
			t.Errorf("%d: %+v", status, ended)
		}
	}
}

func TestARequestThatWasBegunIsNotPutToAnother(t *testing.T) {
	var count atomic.Int32
	j := request(httpRequest{Method: "POST", Path: "/"})
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		count.Add(1)
		connection, _, _ := w.(http.Hijacker).Hijack()
		_ = connection.Close()
	}))
	defer cut.Close()
	ended, _ := asked(t, j, func(http.ResponseWriter, *http.Request) { count.Add(1) }, cut.URL)
	if ended.Result != failure || count.Load() != 1 {
		t.Errorf("%+v, asked %d times", ended, count.Load())
	}
}

func TestARequestThatIsNotAnswered(t *testing.T) {
	ended, _ := asked(t, request(httpRequest{Method: "POST", Path: "/"}), func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	})
	if ended.Result != timedOut || ended.Message != "it was not answered within 2s" {
		t.Errorf("%+v", ended)
	}
}

func TestHeartbeat(t *testing.T) {
	paths := make(chan string, 8)
	watcher := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { paths <- r.URL.Path }))
	defer watcher.Close()
	file := filepath.Join(t.TempDir(), "URL")
	if err := os.WriteFile(file, []byte(watcher.URL+"/ping/\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, each := range []struct{ code, want string }{{"0", "/ping"}, {"1", "/ping/fail"}} {
		j := commandJob("/bin/sh", "-c", "exit "+each.code)
		j.HeartbeatFile = file
		performed(t, j, &config{}, context.Background())
		if begin, end := <-paths, <-paths; begin != "/ping/start" || end != each.want {
			t.Errorf("told %s and %s", begin, end)
		}
	}
}

func TestReplaceEndsTheRunBefore(t *testing.T) {
	l := ledger{t.TempDir()}
	if err := l.prepare(); err != nil {
		t.Fatal(err)
	}
	j := commandJob("/bin/sleep", "30")
	j.Overlap = replace
	s := &server{jobs: &config{Jobs: []*job{j}, GraceSeconds: 5}, ledger: l, log: newLog(&bytes.Buffer{}), container: "a", now: time.Now, sleep: sleep}
	ends := make(chan run, 2)
	stopped, stop := context.WithCancel(context.Background())
	begin := func(at time.Time) {
		c, err := l.claim(j, at, time.Now(), "a")
		if err != nil || c.held == nil {
			t.Error(c, err)
			return
		}
		go func() {
			ended := s.runToItsEnd(stopped, j, c)
			if err := l.finish(j, c, ended); err != nil {
				t.Error(err)
			}
			ends <- ended
		}()
	}
	begin(time.Now())
	time.Sleep(500 * time.Millisecond)
	begin(time.Now().Add(time.Second))
	if first := <-ends; first.Result != replaced {
		t.Errorf("%+v", first)
	}
	stop()
	if second := <-ends; second.Result != interrupted {
		t.Errorf("%+v", second)
	}
}

func TestCheck(t *testing.T) {
	folder := t.TempDir()
	list := filepath.Join(folder, "jobs.json")
	text := `{"jobs":[
		{"name":"good","schedule":"0 3 * * *","timeZone":"Europe/Berlin","command":["sh"]},
		{"name":"wrong","schedule":"0 3 * * *","timeZone":"UTC","command":["no-such-program"]},
		{"name":"secret","schedule":"0 3 * * *","timeZone":"UTC","http":{"path":"/","bearerFile":"` + folder + `/none"}}]}`
	if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(list)
	if err != nil {
		t.Fatal(err)
	}
	got := c.check()
	want := `jobs.wrong.command: the image has no program "no-such-program" that this user may run; correct it, or the image's PATH
jobs.secret: open ` + folder + `/none: no such file or directory`
	if got == nil || got.Error() != want {
		t.Errorf("%v", got)
	}
}
