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
