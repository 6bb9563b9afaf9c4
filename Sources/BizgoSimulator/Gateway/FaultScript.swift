/// The rules in force; the first that applies wins.
struct FaultScript: Sendable {
    private(set) var rules: [FaultRule] = []
    private var generator = SeededGenerator(seed: 7)

    init(_ rules: [FaultRule] = [], seed: UInt64 = 7) {
        self.rules = rules
        generator = SeededGenerator(seed: seed, stream: .max)
    }

    /// The fault for a request, if any; counts it.
    mutating func take(_ endpoint: Endpoint, path: String, argument: String?) -> FaultRule? {
        for index in rules.indices where rules[index].times != 0 && rules[index].matches(endpoint, path, argument) {
            if rules[index].skip > 0 {
                rules[index].skip -= 1
                continue
            }
            if rules[index].share < 1, generator.unit() >= rules[index].share { continue }
            rules[index].times = rules[index].times.map { $0 - 1 }
            return rules[index]
        }
        return nil
    }
}
