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
