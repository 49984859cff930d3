// One process of a golang/groupcache cluster: a group whose getter makes the value from the key, its peers over HTTPPool, and
// a front at /get/KEY for programs that are not written in Go.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"strconv"
	"strings"

	"github.com/golang/groupcache"
)

// Room for everything: evictions are not what is measured.
const cacheBytes = 1 << 30

func main() {
	self := flag.String("self", "", "host:port of this process")
	peers := flag.String("peers", "", "those of all, separated by commas")
	valueBytes := flag.Int("value-bytes", 64, "bytes of a value")
	flag.Parse()

	var bases []string
	for _, peer := range strings.Split(*peers, ",") {
		bases = append(bases, "http://"+peer)
	}
	pool := groupcache.NewHTTPPool("http://" + *self) // serves peers on the default mux
	pool.Set(bases...)

	getter := func(_ context.Context, key string, dest groupcache.Sink) error {
		id, err := strconv.Atoi(strings.TrimPrefix(key, "session:"))
		if err != nil {
			return err
		}
		value := make([]byte, *valueBytes)
		for i := range value {
			value[i] = byte(id % 251) // as the bench's workload.ts has it
		}
		return dest.SetBytes(value)
	}
	group := groupcache.NewGroup("bench", cacheBytes, groupcache.GetterFunc(getter))

	http.HandleFunc("/get/", func(w http.ResponseWriter, r *http.Request) {
		var value groupcache.ByteView
		if err := group.Get(r.Context(), strings.TrimPrefix(r.URL.Path, "/get/"), groupcache.ByteViewSink(&value)); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.Itoa(value.Len()))
		value.WriteTo(w)
	})
	log.Fatal(http.ListenAndServe(*self, nil))
}
