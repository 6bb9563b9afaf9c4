/// One thing wrong with the configuration, or worth a warning, in one line that says where and what to do.
package struct ConfigurationProblem: Sendable, Equatable {
    /// The configuration file as it was named; nil for what concerns the environment or a secret's file.
    package var file: String?
    /// Counted from 1; nil where it is not known.
    package var line: Int?
    /// The dotted path, `api.requests_per_second` or `alerts.sinks[1].url`; empty for the file as a whole.
    package var key: String
    package var message: String

    package init(file: String? = nil, line: Int? = nil, key: String, message: String) {
        self.file = file
        self.line = line
        self.key = key
        self.message = message
    }
}

extension ConfigurationProblem: CustomStringConvertible {
    /// `config.json5:12: api.requests_per_second: expected a positive number, found "fast"`
    package var description: String {
        var parts: [String] = []
        if let file { parts.append(line.map { "\(file):\($0)" } ?? file) }
        if !key.isEmpty { parts.append(key) }
        parts.append(message)
        return parts.joined(separator: ": ")
    }
}

/// Everything that is wrong with a configuration, together (exit status 78).
package struct ConfigurationFailure: Error, Sendable, Equatable {
    /// Never empty; in the order of the file.
    package let problems: [ConfigurationProblem]

    package init(_ problems: [ConfigurationProblem]) {
        self.problems = problems
    }
}

extension ConfigurationFailure: CustomStringConvertible {
    /// One line a problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

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
