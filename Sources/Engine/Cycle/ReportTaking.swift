internal import Reconciliation

extension Ledger {
    /// Takes reports just come, in one transaction; message by message where the table refuses to have a row changed, which
    /// must not keep the others from it: it is put off, and its reports are kept.
    @EventLoop
    func take(
        _ entries: [ReportEntry], by sifter: ReportSifter, time: any Timekeeper
    ) async throws(LedgerError) -> TakeResult {
        do throws(LedgerError) {
            return try await take(entries, by: sifter, puttingOffFor: nil, at: time.now)
        } catch {
            guard error.kind == .rowRejected else { throw error }
        }
        var result = TakeResult()
        for (_, entries) in entries.byKey {
            do throws(LedgerError) {
                result.add(try await take(entries, by: sifter, puttingOffFor: nil, at: time.now))
            } catch {
                guard error.kind == .rowRejected else { throw error }
                result.add(try await take(entries, by: sifter, puttingOffFor: error, at: time.now))
                result.rejected += 1
            }
        }
        return result
    }
}
