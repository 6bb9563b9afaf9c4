internal import Engine
internal import Reconciliation

/// The rows that `Lease` speaks of, at a server: who works, and who is there. A look of somebody who stands by locks
/// nobody's row but its own; who locks both locks the lease first.
struct LeaseTable {
    static let definitions = [
        TableDefinition(
            name: "reconciler_lease",
            columns: [
                .init("name", .word, isNotNull: true), .init("owner", .word),
                .init("term", .integer, isNotNull: true),
                .init("until_at", .integer, isNotNull: true),
            ], key: ["name"]),
        TableDefinition(
            name: "reconciler_instance",
            columns: [
                .init("id", .word, isNotNull: true), .init("host", .text, isNotNull: true),
                .init("pid", .integer, isNotNull: true),
                .init("since", .integer, isNotNull: true),
                .init("seen_at", .integer, isNotNull: true), .init("committed", .text),
            ], key: ["id"]),
    ]

    /// Instances that ended without a word are forgotten after it.
    private static let memory = Duration.seconds(86_400)

    let database: any Database

    /// Makes the tables where they are missing: before anybody works, as whoever makes the others must have the lease. Many
    /// may try at once.
    func make() throws {
        for definition in Self.definitions where try !database.holds(table: definition.name) {
            do {
                try database.execute(database.dialect.creation(of: definition, rowID: .number))
            } catch {
                guard try database.holds(table: definition.name) else { throw error }
            }
        }
    }

    func claim(_ name: LeaseName, by instance: LeaseInstance, for lasts: Duration) throws -> LeaseClaim {
        try database.write {
            let (record, now) = try row(name)
            let claimed = record.claimed(by: instance.id, at: now, for: lasts)
            if let claimed, try replace(record, by: claimed, name) {
                if claimed.term != record.term { try forgetGone(at: now) }
                try sign(of: instance, at: now)
                return .had(term: claimed.term)
            }
            // Another one has it, or was faster.
            let present = claimed == nil ? record : try row(name).record
            try sign(of: instance, at: now)
            return .held(by: try present.owner.flatMap { try self.instance($0) }, until: present.until)
        }
    }

    func release(_ name: LeaseName, by instance: LeaseInstance) throws {
        try database.write {
            _ = try database.statement(
                "UPDATE reconciler_lease SET owner = NULL, until_at = 0 WHERE name = ?1 AND owner = ?2"
            ).run(.text(name.rawValue), .text(instance.id))
        }
    }

    func forget(_ instance: LeaseInstance) throws {
        try database.write {
            _ = try database.statement("DELETE FROM reconciler_instance WHERE id = ?1").run(.text(instance.id))
        }
    }

    /// Nobody where nobody has been here.
    func instances(seenWithin duration: Duration) throws -> [InstanceView] {
        guard try Self.definitions.allSatisfy({ try database.holds(table: $0.name) }) else { return [] }
        return try database.read {
            guard let (lease, now) = try find(.cycles) else { return [] }
            let worker = lease.until < now ? nil : lease.owner
            return try database.statement(
                "SELECT id, host, pid, since, seen_at FROM reconciler_instance ORDER BY since, id"
            ).all { row in
                InstanceView(
                    host: row.text(1) ?? "", processID: row.count(2),
                    role: row.text(0) == worker ? .working : .standby, since: Timestamp(kept: row.integer(3)),
                    seenAt: Timestamp(kept: row.integer(4)))
            }.filter { $0.seenAt + duration >= now }.workersFirst
        }
    }

    /// With the time by the server's clock. Made where it is missing.
    private func row(_ name: LeaseName) throws -> (record: LeaseRecord, now: Timestamp) {
        if let found = try find(name) { return found }
        try database.statement(
            """
            INSERT INTO reconciler_lease (name, term, until_at) VALUES (?1, 0, 0)
            \(database.dialect.onConflictNothing(["name"]))
            """
        ).run(.text(name.rawValue))
        guard let made = try find(name) else {
            throw LedgerError(.unexpected, "the row just made in reconciler_lease is not there")
        }
        return made
    }

    private func find(_ name: LeaseName) throws -> (record: LeaseRecord, now: Timestamp)? {
        try database.statement(
            "SELECT owner, term, until_at, \(database.dialect.now) FROM reconciler_lease WHERE name = ?1"
        ).first(.text(name.rawValue)) { row in
            (
                LeaseRecord(owner: row.text(0), term: row.count(1), until: Timestamp(kept: row.integer(2))),
                Timestamp(kept: row.integer(3))
            )
        }
    }

    /// Compare and set.
    private func replace(_ record: LeaseRecord, by next: LeaseRecord, _ name: LeaseName) throws -> Bool {
        try database.statement(
            """
            UPDATE reconciler_lease SET owner = ?2, term = ?3, until_at = ?4
            WHERE name = ?1 AND term = ?5 AND until_at = ?6
            """
        ).run(
            .text(name.rawValue), SQLValue(next.owner), SQLValue(next.term), SQLValue(next.until),
            SQLValue(record.term), SQLValue(record.until)) == 1
    }

    /// A sign of life.
    private func sign(of instance: LeaseInstance, at now: Timestamp) throws {
        try database.statement(
            """
            INSERT INTO reconciler_instance (id, host, pid, since, seen_at) VALUES (?1, ?2, ?3, ?4, ?4)
            \(database.dialect.onConflict(["id"])) seen_at = ?4
            """
        ).run(.text(instance.id), .text(instance.host), SQLValue(instance.processID), SQLValue(now))
    }

    private func forgetGone(at now: Timestamp) throws {
        try database.statement("DELETE FROM reconciler_instance WHERE seen_at < ?1").run(SQLValue(now - Self.memory))
    }

    /// Nil where it has ended and is forgotten.
    private func instance(_ id: String) throws -> LeaseInstance? {
        try database.statement("SELECT host, pid FROM reconciler_instance WHERE id = ?1").first(.text(id)) { row in
            LeaseInstance(id: id, host: row.text(0) ?? "", processID: row.count(1))
        }
    }
}

extension [InstanceView] {
    fileprivate var workersFirst: [InstanceView] {
        filter { $0.role == .working } + filter { $0.role == .standby }
    }
}
