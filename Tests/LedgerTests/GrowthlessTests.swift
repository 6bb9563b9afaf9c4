#if MySQL || PostgreSQL
    import Engine
    @testable import Ledger
    import Reconciliation
    import Testing

    /// Rows whose addresses say nothing of their age.
    @Suite struct GrowthlessTests {
        /// - Returns: who settled the messages of the last hour, and what became of all.
        private func counts(_ subject: ServerSubject) async throws -> (SettledShare, OutcomeCounts) {
            for key in ["asked", "taken", "theirs"] {
                await subject.add(key, .pending, acceptedAt: now - .minutes(30))
            }
            let decisions = try await subject.ledger.walk().compactMap { message -> Decision? in
                switch message.key.text {
                case "asked": message.delivered()
                case "taken": Decision(message, message.delivered().judgement.byReport(.webhook))
                default: nil
                }
            }
            _ = try await subject.ledger.commit(decisions, at: now)
            await subject.settle("theirs", .sent, at: now - .minutes(20))
            try await subject.ledger.finish(
                CycleRecord(startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now)), at: now)
            return (
                try await subject.ledger.settledShare(since: now - .hours(1), until: now),
                try await subject.ledger.outcomes(since: now - .hours(1), until: now)
            )
        }

        private func expect(_ subject: ServerSubject, counts isCounting: Bool, note: String?) async throws {
            let (share, outcomes) = try await counts(subject)
            #expect(share == (isCounting ? SettledShare(byAsking: 1, elsewhere: 1) : SettledShare()))
            #expect(outcomes.settled == (isCounting ? 2 : 0))
            #expect(try await (subject.ledger as? SQLLedger)?.growthlessAddress() == note)
        }

        #if MySQL
            @Test("are counted where all reports come here, and else not at all", .onMySQL, arguments: [false, true])
            func mysql(hasAllReports: Bool) async throws {
                let subject = try ServerSubject.mysql(
                    id: "BINARY(16) DEFAULT UNHEX(REPLACE(UUID(), '-', ''))", hasAllReports: hasAllReports)
                try await expect(subject, counts: hasAllReports, note: hasAllReports ? nil : "id (binary(16))")
            }
        #endif

        #if PostgreSQL
            @Test(
                "are counted where all reports come here, and else not at all", .enabled(if: TestPostgreSQL.isThere),
                arguments: [false, true])
            func postgresql(hasAllReports: Bool) async throws {
                let subject = try ServerSubject.postgresql(
                    id: "UUID DEFAULT gen_random_uuid()", hasAllReports: hasAllReports)
                try await expect(subject, counts: hasAllReports, note: hasAllReports ? nil : "id (uuid)")
            }
        #endif
    }
#endif
