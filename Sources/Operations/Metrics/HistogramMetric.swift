/// How often something took how long, in seconds.
struct HistogramMetric {
    let name: String
    let help: String
    let labelNames: [String]
    /// Upper ends, each included, rising; `+Inf` is added.
    let bounds: [Double]
    private var series: [[String]: Series] = [:]

    private struct Series {
        /// One for each bound, and one for what is above them all.
        var counts: [Int]
        var sum = 0.0
    }

    init(_ name: String, labels labelNames: [String] = [], bounds: [Double], help: String) {
        self.name = name
        self.labelNames = labelNames
        self.bounds = bounds
        self.help = help
    }

    mutating func begin(_ labels: String...) {
        precondition(labels.count == labelNames.count)
        series[labels] = series[labels] ?? Series(counts: Array(repeating: 0, count: bounds.count + 1))
    }

    mutating func observe(_ duration: Duration, _ labels: String...) {
        precondition(labels.count == labelNames.count)
        let seconds = duration / .seconds(1)
        var changed = series[labels] ?? Series(counts: Array(repeating: 0, count: bounds.count + 1))
        changed.counts[bounds.firstIndex { seconds <= $0 } ?? bounds.count] += 1
        changed.sum += seconds
        series[labels] = changed
    }

    func write(to text: inout MetricText) {
        guard !series.isEmpty else { return }
        text.begin(name, "histogram", help: help)
        for (labels, series) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let pairs = zip(labelNames, labels).map { (name: $0, value: $1) }
            var total = 0
            for (bound, count) in zip(bounds + [.infinity], series.counts) {
                total += count
                text.sample(name + "_bucket", pairs + [("le", MetricText.number(bound))], Double(total))
            }
            text.sample(name + "_sum", pairs, series.sum)
            text.sample(name + "_count", pairs, Double(total))
        }
    }
}
