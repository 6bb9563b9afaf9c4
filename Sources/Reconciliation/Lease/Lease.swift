/// Who works, where any number of daemons could: a row in their database, which all of them look at.
///
/// The row says who owns the lease, the term, and until when, by the server's clock: there is no other that all share.
/// The owner claims it anew with every look, four times an interval, and each claim lasts for one and a half. The others
/// stand by. Who looks when a claim is over takes it, with the next term:
///
///     owner     |────|────|────✝                          interval 4 looks
///     claim                    |~~~~~~~~~~~~~~~~~~~~~~~~~|     its last: 6 looks
///     standby    |────|────|────|────|────|────|────|────|─▶ takes it at the next look: within 7
///
/// That is within two intervals (8 looks) of the owner's last sign of life, with a look to spare for what looks take.
///
/// - Nobody is asked to stop. Every commit checks owner and term in its own transaction, so that an owner that was paused
///   or cut off writes nothing any more, however late it learns of that.
/// - A claim that is over but that nobody has taken goes on with its term: a server that was away for an hour takes the
///   work from nobody.
/// - Who finds another term than it had was not the owner in between, whoever is now: what it has begun is over.
/// - An orderly end gives the lease back: it is taken at somebody's next look.
/// - Below an interval of 400 ms looks are 100 ms apart, and so is what a standby may be late.
package struct Lease: Hashable, Sendable {
    /// Between two looks.
    package let pause: Duration
    /// From a claim to its end.
    package let lasts: Duration

    /// - Parameter interval: between two cycles.
    package init(interval: Duration) {
        pause = max(.milliseconds(100), interval / 4)
        lasts = interval * 3 / 2
    }
}

/// What is leased, each with a row of its own.
package enum LeaseName: String, CaseIterable, Hashable, Sendable {
    /// All but sends.
    case cycles
    /// Puts sends to the provider, and finds out what became of them: also without a daemon.
    case sends
}

/// A process that claims leases.
package struct LeaseInstance: Hashable, Sendable {
    /// That no other process has, nor this one after a restart.
    package let id: String
    /// For people.
    package let host: String
    package let processID: Int

    package init(id: String, host: String, processID: Int) {
        self.id = id
        self.host = host
        self.processID = processID
    }

    /// `db1, process 4711`
    package var text: String { "\(host), process \(processID)" }
}

/// The row.
package struct LeaseRecord: Hashable, Sendable {
    /// Nil where it was given back, or never had.
    package var owner: String?
    /// Of the owner, or of the last one: larger with each.
    package var term: Int
    /// By the server's clock.
    package var until: Timestamp

    package init(owner: String? = nil, term: Int = 0, until: Timestamp = Timestamp(milliseconds: 0)) {
        self.owner = owner
        self.term = term
        self.until = until
    }

    /// The row after a claim.
    /// - Parameter now: by the server's clock.
    /// - Returns: nil where another one has it.
    package func claimed(by instance: String, at now: Timestamp, for lasts: Duration) -> LeaseRecord? {
        if owner == instance { return LeaseRecord(owner: instance, term: term, until: now + lasts) }
        guard owner == nil || until < now else { return nil }
        return LeaseRecord(owner: instance, term: term + 1, until: now + lasts)
    }
}

/// What became of a claim.
package enum LeaseClaim: Hashable, Sendable {
    case had(term: Int)
    /// - Parameter owner: nil where nothing more is known of it than that it is another.
    case held(by: LeaseInstance?, until: Timestamp)
}

/// A lease that this process has, as its commits check it.
package struct LeaseHold: Hashable, Sendable {
    package let name: LeaseName
    /// `LeaseInstance.id`
    package let owner: String
    package let term: Int

    package init(name: LeaseName, owner: String, term: Int) {
        self.name = name
        self.owner = owner
        self.term = term
    }
}

/// Where a process stands.
package enum LeaseStanding: Hashable, Sendable {
    case working(term: Int)
    case standingBy(owner: LeaseInstance?, until: Timestamp)
    /// It worked, and another one did since: what it has begun is to end.
    /// - Parameter owner: nil where that is not known, or nobody by now.
    case lost(owner: LeaseInstance?)

    /// What the first look means.
    package init(_ claim: LeaseClaim) {
        switch claim {
        case .had(let term): self = .working(term: term)
        case .held(let owner, let until): self = .standingBy(owner: owner, until: until)
        }
    }

    /// What a further look means.
    package func after(_ claim: LeaseClaim) -> LeaseStanding {
        switch (self, claim) {
        case (.working(let term), .had(let now)) where term != now: .lost(owner: nil)
        case (.working, .held(let owner, _)): .lost(owner: owner)
        default: LeaseStanding(claim)
        }
    }
}
