/// A counter or a gauge: one number for each set of labels.
struct SimpleMetric {
    enum Kind: String {
        case counter
        case gauge
    }

    let kind: Kind
    let name: String
    let help: String
    let labelNames: [String]
    private var values: [[String]: Double] = [:]

    init(_ kind: Kind, _ name: String, labels labelNames: [String] = [], help: String) {
        self.kind = kind
        self.name = name
        self.help = help
        self.labelNames = labelNames
    }

    /// The value for these labels, in the order of their names; nil where there is none.
    subscript(labels: String...) -> Double? { values[labels] }

    /// Shows it from now on, as 0 if it has no value: a counter that comes into being at 1 has no rate.
    mutating func begin(_ labels: String...) {
        precondition(labels.count == labelNames.count)
        values[labels, default: 0] += 0
    }

    mutating func add(_ amount: Double = 1, _ labels: String...) {
        precondition(labels.count == labelNames.count)
        values[labels, default: 0] += amount
    }

    mutating func set(_ value: Double, _ labels: String...) {
        precondition(labels.count == labelNames.count)
        values[labels] = value
    }

    /// In the order of the labels; nothing where there is no value.
    func write(to text: inout MetricText) {
        guard !values.isEmpty else { return }
        text.begin(name, kind.rawValue, help: help)
        for (labels, value) in values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text.sample(name, zip(labelNames, labels).map { ($0, $1) }, value)
        }
    }
}

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

/// Prometheus' text format, version 0.0.4 (prometheus.io, "Exposition formats").
struct MetricText {
    private(set) var text = ""

    /// - Parameter type: `counter`, `gauge` or `histogram`.
    mutating func begin(_ name: String, _ type: String, help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
            text += "{" + pairs.joined(separator: ",") + "}"
        }
        text += " \(Self.number(value))\n"
    }

    /// Whole numbers without a fraction or an exponent, as far as a `Double` knows them.
    static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        return Int64(exactly: value).map { String($0) } ?? value.description
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
