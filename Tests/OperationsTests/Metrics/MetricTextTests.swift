import Testing

@testable import Operations

/// The text format, by its specification.
@Suite struct MetricTextTests {
    private func text(_ write: (inout MetricText) -> Void) -> String {
        var text = MetricText()
        write(&text)
        return text.text
    }

    @Test("labels are escaped and come in a stable order")
    func labels() {
        var metric = SimpleMetric(.counter, "x_total", labels: ["a", "b"], help: "one\\two\nthree \"four\"")
        metric.add(2, "z", "quote\" slash\\ line\n한글")
        metric.begin("a", "b")
        metric.add(0.5, "z", "quote\" slash\\ line\n한글")
        #expect(
            text(metric.write) == """
                # HELP x_total one\\\\two\\nthree "four"
                # TYPE x_total counter
                x_total{a="a",b="b"} 0
                x_total{a="z",b="quote\\" slash\\\\ line\\n한글"} 2.5

                """)
    }

    @Test("beginning a series that has a value leaves the value")
    func begin() {
        var metric = SimpleMetric(.counter, "x_total", help: "x")
        metric.add(3)
        metric.begin()
        #expect(metric[] == 3)
    }

    @Test("a metric without a value is left out")
    func empty() {
        #expect(text(SimpleMetric(.gauge, "x", help: "x").write) == "")
    }

    @Test("buckets are cumulative, a bound belongs to its bucket, and the last one holds all")
    func histogram() {
        var metric = HistogramMetric("t_seconds", labels: ["e"], bounds: [0.1, 1], help: "t")
        for milliseconds in [50, 100, 500, 2000] { metric.observe(.milliseconds(milliseconds), "a") }
        #expect(
            text(metric.write) == """
                # HELP t_seconds t
                # TYPE t_seconds histogram
                t_seconds_bucket{e="a",le="0.1"} 2
                t_seconds_bucket{e="a",le="1"} 3
                t_seconds_bucket{e="a",le="+Inf"} 4
                t_seconds_sum{e="a"} 2.65
                t_seconds_count{e="a"} 4

                """)
    }

    @Test(
        "numbers are written without an exponent where they are whole",
        arguments: [(0, "0"), (1_800_000_000.25, "1800000000.25"), (1e15, "1000000000000000"), (-1, "-1")])
    func numbers(value: Double, written: String) {
        #expect(MetricText.number(value) == written)
    }
}
