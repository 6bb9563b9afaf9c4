/// A statement of a `ServerDatabase`: its text, whatever connection it is asked by.
final class ServerStatement: PreparedStatement {
    private let sql: String
    private unowned let database: ServerDatabase

    init(_ sql: String, _ database: ServerDatabase) {
        self.sql = sql
        self.database = database
    }

    func run(_ values: [SQLValue]) throws -> Int { try database.query(sql, values).changed }

    func change(_ values: [SQLValue]) throws -> Change {
        Change(rows: try run(values), isSure: !database.hasTriggers)
    }

    func insert(_ values: [SQLValue], numbering column: String) throws -> Int64 {
        try database.query(database.numbered(sql, by: column), values).insertID
    }

    func each(_ values: [SQLValue], body: (any Row) throws -> Flow) throws -> Bool {
        let result = try database.query(sql, values)
        for index in 0..<result.rowCount {
            if case .stop = try body(ServerRow(result, index)) { return false }
        }
        return true
    }
}

/// One of a result's rows.
private struct ServerRow: Row {
    private let result: ServerResult
    private let start: Int

    init(_ result: ServerResult, _ index: Int) {
        self.result = result
        start = index * result.kinds.count
    }

    private func cell(_ column: Int32) -> [UInt8]? { result.cells[start + Int(column)] }

    func isNull(_ column: Int32) -> Bool { cell(column) == nil }

    func integer(_ column: Int32) -> Int64 {
        guard let number = text(column) else { return 0 }
        return Int64(number) ?? Double(number).flatMap { Int64(exactly: $0.rounded(.towardZero)) } ?? 0
    }

    /// Servers write truth values as numbers, or as letters.
    func flag(_ column: Int32) -> Bool { cell(column) == [UInt8(ascii: "t")] || integer(column) != 0 }

    func withText<Value>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value? {
        cell(column)?.withUnsafeBufferPointer(body)
    }

    func holdsText(_ column: Int32) -> Bool { cell(column) != nil && result.kinds[Int(column)] == .text }

    func value(_ column: Int32) -> SQLValue {
        guard let text = text(column) else { return .null }
        return switch result.kinds[Int(column)] {
        case .integer: Int64(text).map { .integer($0) } ?? .text(text)
        case .real: Double(text).map { .real($0) } ?? .text(text)
        case .text: .text(text)
        }
    }
}

extension ServerResult {
    fileprivate var rowCount: Int { kinds.isEmpty ? 0 : cells.count / kinds.count }
}
