/// How many messages there are of a kind, and a few of their keys.
package struct KeyTally: Hashable, Sendable {
    package static let mostExamples = 3

    package private(set) var count = 0
    package private(set) var examples: [MessageKey] = []

    package init() {}

    package mutating func add(_ key: MessageKey) {
        count += 1
        if examples.count < Self.mostExamples { examples.append(key) }
    }

    package mutating func add(_ other: KeyTally) {
        count += other.count
        examples += other.examples.prefix(Self.mostExamples - examples.count)
    }
}
