// A producer and a consumer on franz-go that go as fast as they can and end by themselves, with a line for each second and figures of the
// whole as JSON. Flags are those of the bench among franz-go's own examples, with -records and -leader-ack beside them.
// `scripts/franz-go-bench` builds it; `--driver exec:franz-go` runs it.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

var (
	brokers     = flag.String("brokers", "127.0.0.1:9092", "addresses, parted by commas")
	topic       = flag.String("topic", "", "topic to write or read")
	consume     = flag.Bool("consume", false, "read, and do not write")
	group       = flag.String("group", "", "group to read as a member of; without one all partitions are read")
	wanted      = flag.Int64("records", 0, "end when so many are acknowledged or read; 0 goes on until it is told to end")
	leaderAck   = flag.Bool("leader-ack", false, "wait for the leader alone (acks=1); goes with -disable-idempotency")
	recordBytes = flag.Int("record-bytes", 100, "bytes of a value")
	pool        = flag.Bool("pool", false, "use records and their values again once they are acknowledged")
	compression = flag.String("compression", "none", "none, gzip, snappy, lz4 or zstd")
	linger      = flag.Duration("linger", 0, "how long a batch waits for more records")
	batchBytes  = flag.Int("batch-max-bytes", 1_000_000, "most bytes of a batch")
	unordered   = flag.Bool("disable-idempotency", false, "produce without sequences")
	inFlight    = flag.Int("max-inflight", 1, "requests on their way to a broker, without idempotency")
	showVersion = flag.Bool("version", false, "print the version of franz-go, and end")
	_           = flag.String("pprof", "", "understood, and ignored")
)

var doneRecords, doneBytes atomic.Int64
var began time.Time

func main() {
	flag.Parse()
	if *showVersion {
		fmt.Println(franzVersion())
		return
	}
	if *topic == "" {
		fail("give a -topic")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	options := []kgo.Opt{kgo.SeedBrokers(strings.Split(*brokers, ",")...)}
	if *consume {
		options = append(options, kgo.ConsumeTopics(*topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		if *group != "" {
			options = append(options, kgo.ConsumerGroup(*group))
		}
	} else {
		options = append(options, producerOptions()...)
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		fail("the client cannot be made: %v", err)
	}
	defer client.Close()
	began = time.Now()
	go printRates(ctx)
	if *consume {
		read(ctx, client)
	} else {
		write(ctx, client)
	}
	elapsed := time.Since(began).Seconds()
	figures, _ := json.Marshal(map[string]any{
		"records": doneRecords.Load(), "bytes": doneBytes.Load(), "elapsedSeconds": elapsed,
		"recordsPerSecond": float64(doneRecords.Load()) / elapsed, "mebibytesPerSecond": float64(doneBytes.Load()) / elapsed / (1 << 20),
	})
	fmt.Println(string(figures))
}

func isEnough(records int64) bool { return *wanted > 0 && records >= *wanted }

func producerOptions() []kgo.Opt {
	codecs := map[string]kgo.CompressionCodec{
		"none":   kgo.NoCompression(),
		"gzip":   kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(),
		"lz4":    kgo.Lz4Compression(),
		"zstd":   kgo.ZstdCompression(),
	}
	codec, isKnown := codecs[*compression]
	if !isKnown {
		fail("-compression must be none, gzip, snappy, lz4 or zstd; got %q", *compression)
	}
	options := []kgo.Opt{
		kgo.DefaultProduceTopic(*topic),
		kgo.ProducerBatchCompression(codec),
		kgo.ProducerLinger(*linger),
		kgo.ProducerBatchMaxBytes(int32(*batchBytes)),
		// Enough for the batches that are on their way and as many that fill; Produce waits when it is reached.
		kgo.MaxBufferedRecords(250_000),
	}
	if *unordered {
		options = append(options, kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(*inFlight))
	}
	if *leaderAck {
		options = append(options, kgo.RequiredAcks(kgo.LeaderAck()))
	}
	return options
}

func write(ctx context.Context, client *kgo.Client) {
	fresh := func() any { return &kgo.Record{Value: make([]byte, *recordBytes)} }
	records := sync.Pool{New: fresh}
	written := func(record *kgo.Record, err error) {
		if err == nil {
			doneRecords.Add(1)
			doneBytes.Add(int64(len(record.Value)))
		} else if ctx.Err() == nil {
			fail("a record was not written: %v", err)
		}
		if *pool {
			records.Put(record)
		}
	}
	for number := uint64(0); ctx.Err() == nil && !isEnough(int64(number)); number++ {
		record, _ := records.Get().(*kgo.Record)
		value := record.Value
		if len(value) >= 8 {
			binary.BigEndian.PutUint64(value, number)
		}
		// What the client wrote into it belongs to its last use.
		*record = kgo.Record{Value: value}
		client.Produce(ctx, record, written)
	}
	if ctx.Err() == nil {
		_ = client.Flush(ctx)
	}
}

func read(ctx context.Context, client *kgo.Client) {
	for ctx.Err() == nil && !isEnough(doneRecords.Load()) {
		fetches := client.PollFetches(ctx)
		fetches.EachError(func(_ string, partition int32, err error) {
			if ctx.Err() == nil {
				fail("partition %d cannot be read: %v", partition, err)
			}
		})
		records, bytes := int64(0), int64(0)
		fetches.EachRecord(func(record *kgo.Record) {
			records++
			bytes += int64(len(record.Value))
		})
		if doneRecords.Load() == 0 && records > 0 {
			// As others do, the clock starts with the first records: finding the topic is not what is compared.
			began = time.Now()
		}
		doneRecords.Add(records)
		doneBytes.Add(bytes)
	}
}

// One line a second.
func printRates(ctx context.Context) {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	lastRecords, lastBytes := int64(0), int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			records, bytes := doneRecords.Load(), doneBytes.Load()
			fmt.Printf("%0.2f MiB/s; %0.2fk records/s\n", float64(bytes-lastBytes)/(1<<20), float64(records-lastRecords)/1000)
			lastRecords, lastBytes = records, bytes
		}
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

// As the build has it, such as "franz-go v1.22.2".
func franzVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/twmb/franz-go" {
			return "franz-go " + module.Version
		}
	}
	return "franz-go, of no known version"
}
