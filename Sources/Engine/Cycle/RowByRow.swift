/// A row that the application's own CHECK, foreign key or trigger refuses to have changed must not keep the others from
/// it. What is wrong with the whole table (a column that is missing, say) is no row's refusal: it ends the writing.
@Loop
enum RowByRow {
    /// Writes a batch; one by one where the store refuses it as it is. What is refused by itself is put off.
    /// - Parameters:
    ///   - write: in one transaction.
    ///   - putOff: what is written instead, so that the row is left as it is and people hear of it.
    /// - Returns: whether something was put off.
    static func write<Item: Sendable>(
        _ batch: [Item], by write: @Loop ([Item]) async throws(LedgerError) -> Void,
        puttingOff putOff: @Loop (Item, LedgerError) -> Item
    ) async throws(LedgerError) -> Bool {
        do throws(LedgerError) {
            try await write(batch)
            return false
        } catch {
            guard error.kind == .rowRejected else { throw error }
        }
        var isPutOff = false
        for item in batch {
            do throws(LedgerError) {
                try await write([item])
            } catch {
                guard error.kind == .rowRejected else { throw error }
                try await write([putOff(item, error)])
                isPutOff = true
            }
        }
        return isPutOff
    }
}
