package import Engine

extension SQLiteLedger: Census {
    package func standing() throws(LedgerError) -> LedgerStanding {
        try perform { store in
            try store.census.standing()
        }
    }

    package func count(past row: Int64?) throws(LedgerError) -> TablePart {
        try perform { store in
            try store.census.part(past: row)
        }
    }
}
