/// Guesses what somebody meant to write.
enum NearestKey {
    /// The known key closest to `key`; nil where none is close enough to be worth suggesting.
    static func to(_ key: String, among known: [String]) -> String? {
        let wanted = folded(key)
        let limit = max(2, wanted.count / 3)
        let best =
            known
            .map { (key: $0, distance: distance(wanted, folded($0))) }
            .min { $0.distance < $1.distance }
        if let best, best.distance <= limit, best.distance < wanted.count { return best.key }
        // `routing_key` for routing_key_file, `maximum` for max.
        return known.first { isBeginning(folded($0), wanted) || isBeginning(wanted, folded($0)) }
    }

    private static func isBeginning(_ short: [Character], _ long: [Character]) -> Bool {
        short.count >= 3 && long.starts(with: short)
    }

    /// `baseUrl`, `base-url` and `BASE_URL` are all `baseurl`.
    private static func folded(_ key: String) -> [Character] {
        key.lowercased().filter { $0 != "_" && $0 != "-" }.prefix(100).map { $0 }
    }

    /// Insertions, deletions and substitutions (Levenshtein).
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let substituted = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
