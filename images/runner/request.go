package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
)

// Of an answer so much is passed on.
const shownAnswer = 4 << 10

// request asks the application, inside its network: a container of it that is not there is passed over.
func (c *config) request(stopped context.Context, j *job, output io.Writer) attempt {
	limited, cancel := context.WithTimeout(stopped, j.timeout())
	defer cancel()
	token, err := secretIn(j.HTTP.BearerFile)
	if err != nil {
		return attempt{result: failure, message: err.Error()}
	}
	for _, app := range c.apps {
		answer, err := c.ask(limited, j.HTTP, app, token)
		if err == nil {
			return judge(j, answer, output, token)
		}
		if limited.Err() != nil && stopped.Err() == nil {
			return attempt{result: timedOut, message: fmt.Sprintf("it was not answered within %s", j.timeout())}
		}
		var dial *net.OpError
		if !errors.As(err, &dial) || dial.Op != "dial" {
			// It may have been begun, so nobody else is asked.
			return attempt{result: failure, message: hidden(err.Error(), token)}
		}
		last := hidden(err.Error(), token)
		if app == c.apps[len(c.apps)-1] {
			return attempt{result: failure, message: last}
		}
	}
	return attempt{result: failure, message: "there is no container of the app to ask"}
}

func (c *config) ask(limited context.Context, r *httpRequest, app, token string) (*http.Response, error) {
	asked, err := http.NewRequestWithContext(limited, r.Method, app+r.Path, nil)
	if err != nil {
		return nil, err
	}
	asked.Header.Set("User-Agent", "keelson-jobs")
	// As through the proxy, for an application that sends whoever comes otherwise elsewhere.
	asked.Header.Set("X-Forwarded-Proto", c.scheme)
	asked.Host = c.host
	for name, value := range r.Headers {
		asked.Header.Set(name, value)
		if strings.EqualFold(name, "host") {
			asked.Host = value
		}
	}
	if token != "" {
		asked.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return client.Do(asked)
}

func judge(j *job, answer *http.Response, output io.Writer, token string) attempt {
	defer func() { _ = answer.Body.Close() }()
	start, err := io.ReadAll(io.LimitReader(answer.Body, shownAnswer))
	if err == nil {
		// The application goes on while it writes.
		_, err = io.Copy(io.Discard, answer.Body)
	}
	if len(start) > 0 {
		_, _ = io.WriteString(output, hidden(string(start), token)+"\n")
	}
	code := answer.StatusCode
	if err != nil {
		return attempt{result: failure, code: &code, message: "its answer breaks off: " + hidden(err.Error(), token)}
	}
	good := code >= 200 && code < 300
	if len(j.HTTP.Expect) > 0 {
		good = slices.Contains(j.HTTP.Expect, code)
	}
	if good {
		return attempt{result: success, code: &code}
	}
	return attempt{result: failure, code: &code, message: fmt.Sprintf("the status is %d", code)}
}

// secretIn is the text of a file without the line break at its end; empty without a file.
func secretIn(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(path)
	return strings.TrimRight(string(text), "\r\n"), err
}

func hidden(text, token string) string {
	if token == "" {
		return text
	}
	return strings.ReplaceAll(text, token, "[secret]")
}
