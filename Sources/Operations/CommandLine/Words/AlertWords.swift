package import Reconciliation

/// The alert that `ack` is about.
package struct AlertWords: Hashable, Sendable {
    package let name: AlertName
    package let labels: [String: String]

    /// - Throws: exit 64 for words that are no labels; 1 for an alert that does not exist or cannot be acknowledged.
    package init(_ arguments: Arguments) throws(CommandFailure) {
        labels = try Self.labels(arguments.operands.dropFirst())
        name = try Self.name(arguments.operands[0])
    }

    private static func name(_ text: String) throws(CommandFailure) -> AlertName {
        guard let name = AlertName(rawValue: text) else {
            let names = AlertName.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.negative, "ack: there is no alert `\(text)`; there are \(names)")
        }
        guard name != .storeTrouble else {
            throw CommandFailure(
                .negative, "ack: StoreTrouble cannot be acknowledged: it is about the database that would note it")
        }
        return name
    }

    private static func labels(_ words: ArraySlice<String>) throws(CommandFailure) -> [String: String] {
        var labels: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CommandFailure(.usage, "ack: expected LABEL=VALUE, found `\(word)`. Try `help ack`")
            }
            guard labels.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw CommandFailure(.usage, "ack: the label `\(parts[0])` is given twice")
            }
        }
        return labels
    }
}
