import Engine
import Reconciliation

/// What answers about the whole account say (.github/PROVIDER.md, "The account"). Where every layer says success, or that
/// there is no such data, what is absent or null is not there, as the provider's own SDK reads it.
extension Answer {
    /// Each day once, in their order. Several entries of one day are its parts, and added up.
    func statistics(of days: ClosedRange<KoreanDay>) throws(QuestionFailure) -> [DailyStatistics] {
        let entries: [DailyStatistics] = try account([]) { content throws(ContentError) in
            let all = try content.days()
            let asked = all.filter { days.contains($0.day) }
            guard all.isEmpty || !asked.isEmpty else { throw .aboutAnother }
            return asked
        }
        var byDay: [KoreanDay: DailyStatistics] = [:]
        for entry in entries {
            byDay[entry.day] = byDay[entry.day].map { $0 + entry } ?? entry
        }
        return byDay.values.sorted { $0.day < $1.day }
    }

    /// Nil where there is none.
    func senderProfile(of key: SenderKey) throws(QuestionFailure) -> SenderProfile? {
        try account(nil) { content throws(ContentError) in
            guard let profile = try content.sender("senderProfile", asked: key) else { return nil }
            return try SenderProfile(profile)
        }
    }

    /// Nil where there is none. One that says neither when nor why is none.
    func senderSanction(of key: SenderKey) throws(QuestionFailure) -> SenderSanction? {
        try account(nil) { content throws(ContentError) in
            guard let sanction = try content.sender("abusing", asked: key) else { return nil }
            return try SenderSanction(sanction)
        }
    }

    /// - Parameter nothing: what "no such data" says.
    private func account<Reading>(
        _ nothing: Reading, _ body: (Content) throws(ContentError) -> Reading
    ) throws(QuestionFailure) -> Reading {
        try read { content throws(ContentError) in
            guard content.hasNoEntries else { throw .anotherList }
            return try body(content)
        } noData: {
            nothing
        }
    }
}

extension Content {
    fileprivate func days() throws(ContentError) -> [DailyStatistics] {
        guard let statistics else { return [] }
        guard let elements = statistics.elements else { throw .notAsDocumented }
        var days: [DailyStatistics] = []
        for element in elements {
            if let day = try DailyStatistics(element) { days.append(day) }
        }
        return days
    }

    /// What `kakao` has by that name; nil where there is nothing.
    fileprivate func sender(_ name: StaticString, asked key: SenderKey) throws(ContentError) -> JSONNode? {
        guard let kakao else { return nil }
        guard kakao.isObject else { throw .notAsDocumented }
        guard let node = kakao.member(name), !node.isNull else { return nil }
        guard node.isObject else { throw .notAsDocumented }
        // Keys are hexadecimal: which letters they are written with is nobody's concern.
        guard try node.trimmed("senderKey").map({ $0.lowercased() == key.text.lowercased() }) ?? true else {
            throw .aboutAnother
        }
        return node
    }
}

extension DailyStatistics {
    /// Nil for an entry of no day.
    fileprivate init?(_ node: JSONNode) throws(ContentError) {
        guard node.isObject else { throw .notAsDocumented }
        let received = try Counts(
            total: node.count("recvTotalCnt"), succeeded: node.count("recvSuccCnt"), failed: node.count("recvFailCnt"))
        let reported = try Counts(
            total: node.count("reportTotalCnt"), succeeded: node.count("reportSuccCnt"),
            failed: node.count("reportFailCnt"))
        guard let date = try node.trimmed("statDate") else { return nil }
        guard let day = KoreanDay(compact: date) else { throw .notAsDocumented }
        self.init(day: day, received: received, reported: reported)
    }

    /// Of two parts of one day. Of what one does not say nothing is known.
    fileprivate static func + (left: DailyStatistics, right: DailyStatistics) -> DailyStatistics {
        func sum(_ counts: KeyPath<DailyStatistics, Counts?>) -> Counts? {
            guard let left = left[keyPath: counts], let right = right[keyPath: counts] else { return nil }
            return left + right
        }
        return DailyStatistics(day: left.day, received: sum(\.received), reported: sum(\.reported))
    }
}

extension SenderProfile {
    fileprivate init(_ node: JSONNode) throws(ContentError) {
        self.init(
            status: try node.wording("status"), isBlocked: try node.flag("block"), isDormant: try node.flag("dormant"),
            profileStatus: try node.wording("profileStatus"), profileSpamLevel: try node.wording("profileSpamLevel"),
            messageSpamLevel: try node.wording("profileMessageSpamLevel"), uuid: try node.wording("uuid"),
            name: try node.wording("name"))
    }
}

extension SenderSanction {
    fileprivate init?(_ node: JSONNode) throws(ContentError) {
        let restrictedAt = try node.trimmed("restrictedAt")
        let reasonType = try node.wording("reasonType")
        guard restrictedAt != nil || reasonType != nil else { return nil }
        self.init(
            restrictedAt: restrictedAt.flatMap { Timestamp(iso8601: $0, defaultOffset: KoreanTime.offset) },
            reasonType: reasonType)
    }
}

extension JSONNode {
    /// More than anybody sends in a day.
    private static let largestCount = 1_000_000_000_000

    /// A whole number, or a text that is one; nil where there is none.
    fileprivate func count(_ name: StaticString) throws(ContentError) -> Int? {
        guard let node = member(name), !node.isNull else { return nil }
        guard let count = node.text.flatMap({ Int($0) }), (0...Self.largestCount).contains(count) else {
            throw .notAsDocumented
        }
        return count
    }

    /// False where there is none.
    fileprivate func flag(_ name: StaticString) throws(ContentError) -> Bool {
        guard let node = member(name), !node.isNull else { return false }
        guard let flag = node.bool else { throw .notAsDocumented }
        return flag
    }

    /// Nil where there is none, or a blank one.
    fileprivate func trimmed(_ name: StaticString) throws(ContentError) -> String? {
        guard let node = member(name), !node.isNull else { return nil }
        guard let text = node.text else { throw .notAsDocumented }
        let words = text.split(separator: " ")
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// The same, fit to be shown.
    fileprivate func wording(_ name: StaticString) throws(ContentError) -> String? {
        try trimmed(name).map(Redaction.clean)
    }
}
