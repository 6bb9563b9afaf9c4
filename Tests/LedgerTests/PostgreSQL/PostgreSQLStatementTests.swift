#if PostgreSQL
    @testable import Ledger
    import Testing

    /// Parameters as PostgreSQL wants them: nothing of a server.
    @Suite struct PostgreSQLStatementTests {
        private func translated(_ sql: String, _ values: SQLValue...) throws -> PostgreSQLStatement {
            try PostgreSQLStatement(sql, values)
        }

        @Test("parameters are numbered through over those that occur")
        func parametersAreNumberedThrough() throws {
            let statement = try translated("SELECT ?3, ?1, ?3, ?12", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
            #expect(statement.sql == "SELECT $1, $2, $1, $3")
            #expect(statement.values == [3, 1, 12])
        }

        @Test(
            "what is quoted, and comments, are left as they are",
            arguments: [
                ("SELECT '?1''?1', \"?1\"\"?1\", ?1", "SELECT '?1''?1', \"?1\"\"?1\", $1"),
                ("SELECT -- ?1\n?1", "SELECT -- ?1\n$1"),
                ("SELECT /* ?1 /* ?1 */ ?1 */ ?1", "SELECT /* ?1 /* ?1 */ ?1 */ $1"),
                ("SELECT j ? 'a', 5 - -?1, 6 / ?1", "SELECT j ? 'a', 5 - -$1, 6 / $1"),
                ("SELECT 'open ?1", "SELECT 'open ?1"),
                ("SELECT /* open ?1", "SELECT /* open ?1"),
                ("?1", "$1"),
            ])
        func whatIsQuotedIsLeft(_ sql: String, _ expected: String) throws {
            #expect(try translated(sql, 1).sql == expected)
        }

        @Test("numbers have their types, texts and NULL that of their place")
        func numbersHaveTheirTypes() throws {
            let statement = try translated("?1 ?2 ?3 ?4", 7, .real(0.5), .text("x"), .null)
            #expect(statement.types == [20, 701, 0, 0])
            let texts = statement.withTexts { texts in texts.map { $0.map { String(cString: $0) } } }
            #expect(texts == ["7", "0.5", "x", nil])
        }

        @Test("a missing value, and a text that would end early, are refused")
        func whatCannotBeSentIsRefused() {
            #expect(serverFailure { _ = try translated("SELECT ?2", 1) }?.kind == .other)
            #expect(serverFailure { _ = try translated("SELECT ?1", .text("a\0b")) }?.kind == .rejected)
            #expect(serverFailure { _ = try translated("SELECT ?1", .text("a"), .text("a\0b")) } == nil)
        }
    }
#endif
