package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

func sortByID(all []described) {
	sort.Slice(all, func(a, b int) bool { return all[a].ID < all[b].ID })
}

// read prints kept lines as they are, oldest first, without those of some containers.
func read(args []string, folder string, to io.Writer) error {
	flags := flag.NewFlagSet("read", flag.ContinueOnError)
	since := flags.String("since", "", "time from which lines are printed, in nine digits of a second")
	without := flags.String("without", "", "names of containers whose lines are left out, with commas between them")
	only := flags.String("created", "", "`<from>,<to>`: times between which a container was made")
	listed := flags.Bool("containers", false, "print what is known of containers that are gone")
	if err := flags.Parse(args); err != nil {
		return err
	}
	all, err := readState(filepath.Join(folder, "state"))
	if err != nil {
		return err
	}
	if *listed {
		return json.NewEncoder(to).Encode(all)
	}
	skipped := map[string]bool{}
	for _, name := range strings.Split(*without, ",") {
		skipped[name] = true
	}
	from, until, isOnly := strings.Cut(*only, ",")
	for _, each := range all {
		if isOnly && (each.Created < from || (until != "" && each.Created >= until)) {
			skipped[each.Name] = true
		}
	}
	numbers, err := segmentNumbers(folder)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(to, 64<<10)
	for _, number := range numbers {
		if err := printSegment(segmentPath(folder, number), *since, skipped, out); err != nil {
			return err
		}
	}
	return out.Flush()
}

func printSegment(path, since string, skipped map[string]bool, out io.Writer) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		// It was too old meanwhile.
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewReaderSize(file, 64<<10)
	for {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			// The rest is the beginning of a line that is being written.
			return nil
		}
		if err != nil {
			return err
		}
		var of struct {
			Time      string `json:"time"`
			Container string `json:"container"`
		}
		if json.Unmarshal(text, &of) != nil || of.Time < since || skipped[of.Container] {
			continue
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
}
