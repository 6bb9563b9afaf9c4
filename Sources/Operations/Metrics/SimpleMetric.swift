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
