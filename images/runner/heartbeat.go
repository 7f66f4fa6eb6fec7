package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// heartbeat tells a watcher outside, as healthchecks.io has it, that a run began and how it ended. A watcher that is
// down must not stop the job.
type heartbeat struct {
	url  string
	job  *job
	log  *jsonLog
	http *http.Client
}

func heartbeatOf(j *job, log *jsonLog) heartbeat {
	url, err := secretIn(j.HeartbeatFile)
	if err != nil {
		log.say("error", "the URL of the heartbeat can't be read", fields{"job": j.Name})
	}
	url = strings.TrimRight(strings.SplitN(url, "\n", 2)[0], "/ \r")
	return heartbeat{url: url, job: j, log: log, http: &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: authorities()}},
	}}
}

// end says how a run has ended; one whose place another has taken is neither good nor bad.
func (h heartbeat) end(ended run) {
	switch ended.Result {
	case success:
		h.ping("", "")
	case replaced:
	default:
		h.ping("fail", ended.Message)
	}
}

// ping tells the watcher. Its URL is a secret, so no message of a library is passed on: these show it.
func (h heartbeat) ping(what, text string) {
	if h.url == "" {
		return
	}
	url := h.url
	if what != "" {
		url += "/" + what
	}
	why := ""
	for range 3 {
		answer, err := h.http.Post(url, "text/plain", strings.NewReader(text))
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode < 300 {
				return
			}
			why = "it answers " + answer.Status
		} else {
			why = "it can't be reached"
		}
		time.Sleep(time.Second)
	}
	h.log.say("warn", "the watcher could not be told: "+why, fields{"job": h.job.Name})
}

// authorities are those of the image, and those next to this program: an image need not have any.
func authorities() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	program, err := os.Executable()
	if err != nil {
		return pool
	}
	if text, err := os.ReadFile(filepath.Join(filepath.Dir(program), "ca-certificates.crt")); err == nil {
		pool.AppendCertsFromPEM(text)
	}
	return pool
}
