/// What reading one file brings to light, collected so that everything is reported together.
final class Findings {
    let file: String
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var warnings: [ConfigurationProblem] = []

    init(file: String) {
        self.file = file
    }

    func problem(_ key: String, line: Int?, _ message: String) {
        problems.append(ConfigurationProblem(file: file, line: line, key: key, message: message))
    }

    func warning(_ key: String, line: Int?, _ message: String) {
        warnings.append(ConfigurationProblem(file: file, line: line, key: key, message: message))
    }

    /// In the order of the file; found in the order of the schema.
    var sortedProblems: [ConfigurationProblem] {
        problems.enumerated()
            .sorted { ($0.element.line ?? .max, $0.offset) < ($1.element.line ?? .max, $1.offset) }
            .map(\.element)
    }
}
