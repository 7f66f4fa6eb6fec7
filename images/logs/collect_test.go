package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// world is a folder of containers as Docker keeps it, and a collector of it.
type world struct {
	*testing.T
	folder, kept string
	now          time.Time
	limits       limits
	collector    *collector
}

func newWorld(t *testing.T) *world {
	w := &world{
		T: t, folder: t.TempDir(), kept: t.TempDir(),
		now:    time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC),
		limits: limits{bytes: 1 << 20, age: time.Hour},
	}
	w.start()
	return w
}

func (w *world) start() {
	w.Helper()
	kept, err := openSegments(w.kept, w.limits, func() time.Time { return w.now })
	w.check(err)
	w.collector, err = newCollector(w.folder, filepath.Join(w.kept, "state"), owner{"shop-prod", "shop", "prod"}, kept)
	w.check(err)
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func id(letter string) string { return strings.Repeat(letter, 64) }

func (w *world) log(letter string) string {
	return filepath.Join(w.folder, id(letter), id(letter)+"-json.log")
}

func (w *world) container(letter, name, stack string) {
	w.Helper()
	w.check(os.MkdirAll(filepath.Join(w.folder, id(letter)), 0o700))
	config := fmt.Sprintf(`{"Name":"/%s","Created":"2026-11-30T11:%s:00Z","Config":{"Image":"shop:1","Env":["A=canary"],"Labels":{
		"dev.keelson.project":"shop","dev.keelson.stack":%q,"dev.keelson.workload":"app"}}}`, name, fmt.Sprint(10+int(letter[0]-'a')), stack)
	w.check(os.WriteFile(filepath.Join(w.folder, id(letter), "config.v2.json"), []byte(config), 0o600))
}

func (w *world) print(letter string, texts ...string) {
	w.Helper()
	file, err := os.OpenFile(w.log(letter), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	w.check(err)
	defer file.Close()
	for _, text := range texts {
		line, err := json.Marshal(entry{text, "stdout", "2026-11-30T12:00:00.5Z"})
		w.check(err)
		_, err = file.Write(append(line, '\n'))
		w.check(err)
	}
}

func (w *world) rotate(letter string) {
	w.Helper()
	for number := 4; number >= 0; number-- {
		from := w.log(letter)
		if number > 0 {
			from = fmt.Sprintf("%s.%d", from, number)
		}
		if _, err := os.Stat(from); err == nil {
			w.check(os.Rename(from, fmt.Sprintf("%s.%d", w.log(letter), number+1)))
		}
	}
}

func (w *world) turn() {
	w.Helper()
	w.check(w.collector.turn())
}

// messages are those of the kept lines, in their order.
func (w *world) messages(args ...string) []string {
	w.Helper()
	out := &bytes.Buffer{}
	w.check(read(append([]string{"-only", all}, args...), w.kept, out))
	var found []string
	for _, text := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		if text == "" {
			continue
		}
		var of line
		w.check(json.Unmarshal([]byte(text), &of))
		found = append(found, of.Message)
	}
	return found
}

// all are the names of the containers that tests make.
const all = "shop-prod-app-2-0a1b2c3,shop-prod-app-0a1b2c3,shop-prod-app-1a1b2c3,shop-other-app-0a1b2c3"

func (w *world) expect(want []string, args ...string) {
	w.Helper()
	if got := w.messages(args...); !reflect.DeepEqual(got, want) {
		w.Errorf("kept %q, and not %q", got, want)
	}
}

func TestKeepsLinesOfItsStackInOneShape(t *testing.T) {
	w := newWorld(t)
	w.container("a", "shop-prod-app-2-0a1b2c3", "prod")
	w.container("b", "shop-other-app-0a1b2c3", "other")
	w.print("a", "{\"level\":\"warn\",\"a\":\"<b>\"}\n")
	w.print("b", "of another stack\n")
	w.turn()
	out := &bytes.Buffer{}
	w.check(read([]string{"-only", all}, w.kept, out))
	want := `{"time":"2026-11-30T12:00:00.500000000Z","level":"warn","stack":"shop-prod","process":"app","instance":"app-2",` +
		`"container":"shop-prod-app-2-0a1b2c3","release":"shop:1","stream":"stdout","message":"{\"level\":\"warn\",\"a\":\"<b>\"}"}` + "\n"
	if out.String() != want {
		t.Errorf("kept %s", out)
	}
}

func TestReadsOnAfterAContainerIsDeleted(t *testing.T) {
	w := newWorld(t)
	w.container("a", "shop-prod-app-0a1b2c3", "prod")
	w.print("a", "one\n")
	w.turn()
	w.print("a", "two\n", "three, without an end")
	w.check(os.RemoveAll(filepath.Join(w.folder, id("a"))))
	w.turn()
	w.expect([]string{"one", "two", "three, without an end"})
	w.start()
	w.turn()
	w.expect([]string{"one", "two", "three, without an end"})
}

func TestFollowsRotation(t *testing.T) {
	w := newWorld(t)
	w.container("a", "shop-prod-app-0a1b2c3", "prod")
	w.print("a", "1\n")
	w.turn()
	w.print("a", "2\n")
	w.rotate("a")
	w.print("a", "3\n")
	w.rotate("a")
	w.print("a", "4\n")
	w.turn()
	// Between the two steps of a rotation there is no file.
	w.print("a", "5\n")
	w.rotate("a")
	w.turn()
	w.print("a", "6\n")
	w.turn()
	w.expect([]string{"1", "2", "3", "4", "5", "6"})
}

func TestGoesOnAfterARestartInAFileThatWasRotatedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.container("a", "shop-prod-app-0a1b2c3", "prod")
	w.print("a", "1\n", "half of ")
	w.turn()
	w.print("a", "2\n")
	w.rotate("a")
	w.print("a", "3\n")
	w.start()
	w.turn()
	w.expect([]string{"1", "half of 2", "3"})
}

func TestJoinsThePartsOfALongLine(t *testing.T) {
	w := newWorld(t)
	w.container("a", "shop-prod-app-0a1b2c3", "prod")
	long := strings.Repeat("x", 16<<10)
	w.print("a", long, long, "end\n")
	w.turn()
	w.expect([]string{long + long + "end"})
	// And does not hold one that has no end.
	w.print("a", strings.Repeat("y", longestLine))
	w.turn()
	if got := w.messages(); len(got) != 2 || len(got[1]) != longestLine {
		t.Errorf("%d lines", len(got))
	}
}

func TestTakesWhatAHostThatLostItsPowerHasLeft(t *testing.T) {
	w := newWorld(t)
	w.container("a", "shop-prod-app-0a1b2c3", "prod")
	w.print("a", "1\n")
	file, err := os.OpenFile(w.log("a"), os.O_APPEND|os.O_WRONLY, 0)
	w.check(err)
	_, err = file.Write([]byte("\x00\x00\x00\n{\"log\":\"torn\n"))
	w.check(err)
	w.check(file.Close())
	w.print("a", "2\n")
	w.turn()
	w.expect([]string{"1", `{"log":"torn`, "2"})
}

func TestKeepsNoMoreThanItsLimits(t *testing.T) {
	w := newWorld(t)
	w.limits.bytes = 64 << 10
	w.start()
	w.container("a", "shop-prod-app-0a1b2c3", "prod")
	for number := range 2000 {
		w.print("a", fmt.Sprintf("%d %s\n", number, strings.Repeat("z", 100)))
		if number%100 == 0 {
			w.now = w.now.Add(3 * time.Second)
			w.turn()
		}
	}
	w.now = w.now.Add(3 * time.Second)
	w.turn()
	numbers, err := segmentNumbers(w.kept)
	w.check(err)
	var total int64
	for _, number := range numbers {
		info, err := os.Stat(segmentPath(w.kept, number))
		w.check(err)
		total += info.Size()
	}
	if total > w.limits.bytes || total < w.limits.bytes/2 {
		t.Errorf("%d bytes are kept", total)
	}
	got := w.messages()
	if !strings.HasPrefix(got[len(got)-1], "1999 ") {
		t.Errorf("the last is %q", got[len(got)-1])
	}
}

func TestDeletesWhatIsTooOld(t *testing.T) {
	w := newWorld(t)
	w.container("a", "shop-prod-app-0a1b2c3", "prod")
	w.print("a", "old\n")
	w.turn()
	w.check(os.Chtimes(segmentPath(w.kept, 1), w.now, w.now))
	w.now = w.now.Add(50 * time.Minute)
	w.print("a", "new\n")
	w.turn()
	w.expect([]string{"old", "new"})
	w.now = w.now.Add(5 * time.Minute)
	w.turn()
	w.check(os.Chtimes(segmentPath(w.kept, 1), w.now.Add(-2*time.Hour), w.now.Add(-2*time.Hour)))
	w.now = w.now.Add(3 * time.Second)
	w.turn()
	w.expect(nil)
}

func TestReadsAgainWhatCouldNotBeKept(t *testing.T) {
	w := newWorld(t)
	w.container("a", "shop-prod-app-0a1b2c3", "prod")
	w.print("a", "1\n")
	w.turn()
	w.check(w.collector.kept.file.Close())
	w.print("a", "2\n")
	if err := w.collector.turn(); err == nil {
		t.Fatal("a file that can't be written to is no problem")
	}
	w.collector.kept.file = nil
	w.turn()
	w.expect([]string{"1", "2"})
}

func TestPrintsWhatIsAskedFor(t *testing.T) {
	w := newWorld(t)
	w.container("a", "shop-prod-app-0a1b2c3", "prod")
	w.container("b", "shop-prod-app-1a1b2c3", "prod")
	w.print("a", "of a\n")
	w.turn()
	w.print("b", "of b\n")
	w.turn()
	w.expect([]string{"of b"}, "-only", "shop-prod-app-1a1b2c3")
	w.expect([]string{"of a", "of b"}, "-since", "2026-11-30T13:00:00.4+01:00")
	w.expect(nil, "-since", "2026-11-30T12:00:01Z")
	if err := read([]string{"-since", "yesterday"}, w.kept, &bytes.Buffer{}); err == nil {
		t.Error("yesterday is a time")
	}
	out := &bytes.Buffer{}
	w.check(read([]string{"-containers"}, w.kept, out))
	if !strings.Contains(out.String(), `"created":"2026-11-30T11:10:00Z"`) || strings.Contains(out.String(), "canary") {
		t.Errorf("containers are %s", out)
	}
}

func TestTellsTheTimeOfADurationAgo(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 5, time.UTC)
	got, err := sinceTime("600s", now)
	if got != "2026-11-30T11:50:00.000000005Z" || err != nil {
		t.Errorf("it is %s (%v)", got, err)
	}
}

func TestNamesProcessesAsTheCommandDoes(t *testing.T) {
	of := owner{prefix: "shop-prod"}
	for _, each := range [][4]string{
		{"shop-prod-app-2-0a1b2c3", "app", "app", "app-2"},
		{"shop-prod-redis-queue", "redis", "queue", "queue"},
		{"shop-prod-service-mail-2-0a1b2c3", "service", "mail", "mail-2"},
		{"shop-prod-jobs-app-0a1b2c3", "jobs", "jobs-app", "jobs-app"},
		{"other", "one-shot", "other", "other"},
	} {
		process, instance := of.processName(each[0], each[1])
		if process != each[2] || instance != each[3] {
			t.Errorf("%s is %s of %s", each[0], instance, process)
		}
	}
}

func TestFindsLevelsAsTheCommandDoes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "levels.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases [][2]string
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, each := range cases {
		if got := levelOf(each[0]); got != each[1] {
			t.Errorf("%q is %q, and not %q", each[0], got, each[1])
		}
	}
}

func TestRefusesAFolderThatIsNotDockers(t *testing.T) {
	folder := t.TempDir()
	if err := requireFolder(folder, "0123456789ab"); err == nil {
		t.Error("an empty one is taken")
	}
	if err := os.Mkdir(filepath.Join(folder, "0123456789ab"+strings.Repeat("c", 52)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := requireFolder(folder, "0123456789ab"); err != nil {
		t.Error(err)
	}
}

func TestIsHealthyWhileItCollects(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status")
	now := time.Now()
	if healthy(path, now) == nil {
		t.Error("one that has not begun is healthy")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := healthy(path, now); err != nil {
		t.Error(err)
	}
	if healthy(path, now.Add(time.Minute)) == nil {
		t.Error("one that hangs is healthy")
	}
}
