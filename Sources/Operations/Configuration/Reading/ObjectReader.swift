/// Reads one object of the file by the keys that are known there. A key that cannot be read is reported and leaves the
/// caller's default; `finish()` then reports every key that nobody asked for.
final class ObjectReader {
    /// Dotted; empty for the file itself.
    let path: String
    private let findings: Findings
    private let line: Int?
    private var members: [String: ConfigMember] = [:]
    private var order: [String] = []
    private var known: [String] = []
    private var unsound: Set<String> = []

    init(_ members: [ConfigMember], path: String, line: Int?, findings: Findings) {
        self.path = path
        self.line = line
        self.findings = findings
        for member in members {
            if let first = self.members.updateValue(member, forKey: member.key) {
                findings.problem(
                    pathOf(member.key), line: member.line, "written twice, first on line \(first.line); keep one")
            } else {
                order.append(member.key)
            }
        }
    }

    /// The value of a known key, if it is there.
    func member(_ key: String) -> ConfigMember? {
        if !known.contains(key) { known.append(key) }
        return members[key]
    }

    /// Whether the key is there with something other than null.
    func isGiven(_ key: String) -> Bool {
        guard let member = member(key) else { return false }
        return member.node.value != .null
    }

    /// Whether a comparison of these keys means anything: none of them was refused.
    func isSound(_ keys: String...) -> Bool { unsound.isDisjoint(with: keys) }

    func problem(_ key: String, _ message: String) {
        unsound.insert(key)
        findings.problem(pathOf(key), line: lineOf(key), message)
    }

    func warning(_ key: String, _ message: String) {
        findings.warning(pathOf(key), line: lineOf(key), message)
    }

    /// Reports the first of `keys` that is written, so that a comparison names a line where there is one.
    func conflict(_ keys: String..., message: String) {
        problem(keys.first { members[$0] != nil } ?? keys[0], message)
    }

    /// The object at `key`; an empty one where it is missing, or is something else, which is reported.
    func section(_ key: String) -> ObjectReader {
        guard let member = member(key) else {
            return ObjectReader([], path: pathOf(key), line: line, findings: findings)
        }
        guard case .object(let members) = member.node.value else {
            problem(key, "expected an object { … }, found \(member.node.value.summary(hidden: false))")
            return ObjectReader([], path: pathOf(key), line: member.line, findings: findings)
        }
        return ObjectReader(members, path: pathOf(key), line: member.line, findings: findings)
    }

    /// The objects in the list at `key`; nil where the key is missing or refused. Elements that are not objects are
    /// reported and left out.
    func sections(_ key: String) -> [ObjectReader]? {
        guard let member = member(key) else { return nil }
        guard case .array(let elements) = member.node.value else {
            problem(key, "expected a list [ … ], found \(member.node.value.summary(hidden: true))")
            return nil
        }
        return elements.enumerated().compactMap { index, element in
            let path = "\(pathOf(key))[\(index)]"
            guard case .object(let members) = element.value else {
                findings.problem(
                    path, line: element.line, "expected an object { … }, found \(element.value.summary(hidden: true))")
                return nil
            }
            return ObjectReader(members, path: path, line: element.line, findings: findings)
        }
    }

    /// Reports keys that nobody asked for.
    func finish() {
        for key in order where !known.contains(key) {
            let hint =
                NearestKey.to(key, among: known).map { "did you mean \($0)?" }
                ?? "known here: \(known.sorted().joined(separator: ", "))"
            findings.problem(pathOf(key), line: members[key]?.line, "unknown key; \(hint)")
        }
    }

    private func lineOf(_ key: String) -> Int? { members[key]?.line ?? line }

    private func pathOf(_ key: String) -> String {
        let isPlain =
            !key.isEmpty && key.utf8.count <= 64
            && key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        let shown = isPlain ? key : ConfigValue.quoted(key)
        return path.isEmpty ? shown : "\(path).\(shown)"
    }
}
