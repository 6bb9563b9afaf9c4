/// A statement that is about several items at a time, so that a database which is a round trip away is asked less often
/// (`Database.itemsAtOnce`).
final class BatchStatement {
    private let database: any Database
    private let text: (Int) -> String
    /// By how many they are about.
    private var prepared: [Int: any PreparedStatement] = [:]

    /// - Parameter text: of the statement that is about so many.
    init(on database: any Database, _ text: @escaping (_ count: Int) -> String) {
        self.database = database
        self.text = text
    }

    /// - Parameters:
    ///   - items: the values of each.
    ///   - run: called as often as it takes, with the values of several after each other.
    func about(_ items: [[SQLValue]], run: (any PreparedStatement, [SQLValue]) throws -> Void) throws {
        for batch in items.batches(atMost: database.itemsAtOnce) {
            let statement = try prepared[batch.count] ?? database.prepare(text(batch.count))
            prepared[batch.count] = statement
            try run(statement, batch.flatMap(\.self))
        }
    }

    /// `?1, ?2, …`
    static func parameters(_ count: Int, from first: Int = 1) -> [String] { (first..<first + count).map { "?\($0)" } }
}

extension Array {
    /// In runs of `most`, a power of two, and the rest in smaller ones: however many there are, there are few lengths of them.
    func batches(atMost most: Int) -> [ArraySlice<Element>] {
        var batches: [ArraySlice<Element>] = []
        var rest = self[...]
        var length = most
        while !rest.isEmpty {
            while length > rest.count { length /= 2 }
            batches.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return batches
    }
}
