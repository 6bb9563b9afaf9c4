extension SecretResolver {
    /// The token that is all there is in a file.
    func token(inFile path: String, key: String) throws(ConfigurationFailure) -> Secret {
        let text = try text(inFile: path, key: key)
        try requireToken(text, key: key, place: shown(path))
        return Secret(text)
    }

    /// The URL that is all there is in a file.
    func address(
        inFile path: String, key: String, allowsPlainHTTP: Bool, takesPassword: Bool
    ) throws(ConfigurationFailure) -> (secret: Secret, isReadableOnTheWay: Bool) {
        let text = try text(inFile: path, key: key)
        try requireToken(text, key: key, place: shown(path))
        do throws(Refusal) {
            let address = try WebAddress.ofSink(
                text, allowsPlainHTTP: allowsPlainHTTP, takesPassword: takesPassword)
            return (Secret(text), address.isReadableOnTheWay)
        } catch {
            switch error {
            case .because(let message): throw failure(key, "in \(shown(path)): \(message)")
            case .expected(let what): throw failure(key, "in \(shown(path)): expected \(what)")
            }
        }
    }

    func requireToken(_ text: String, key: String, place: String) throws(ConfigurationFailure) {
        if text.isEmpty { throw failure(key, "\(place) is empty; put the secret there") }
        guard Self.isToken(text) else {
            throw failure(
                key,
                "\(place) has white space or other characters that no secret has (visible ASCII only, "
                    + "one line end at the end of a file aside); write it again without them")
        }
    }

    var credentialsDirectory: String? {
        guard var directory = environment["CREDENTIALS_DIRECTORY"], directory.hasPrefix("/") else { return nil }
        while directory.hasSuffix("/") { directory.removeLast() }
        return directory.isEmpty ? nil : directory
    }

    /// The file's text less one line end.
    private func text(inFile path: String, key: String) throws(ConfigurationFailure) -> String {
        let content: FileContent
        switch files.read(path) {
        case .success(let read): content = read
        case .failure(let reason):
            let remedy =
                reason.isMissing
                ? "create it, readable by the service's user only"
                : "make it a file that the service's user can read"
            throw failure(key, "cannot read \(shown(path)): \(reason); \(remedy)")
        }
        guard content.mode & 0o077 == 0 || isSystemdCredential(path, content) else {
            throw failure(
                key,
                "\(shown(path)) is open to other users (mode \(octal(content.mode))); chmod 600 it, "
                    + "and think of a new secret if others have been here")
        }
        var bytes = content.bytes[...]
        if bytes.last == 0x0a {
            bytes.removeLast()
            if bytes.last == 0x0d { bytes.removeLast() }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure(key, "\(shown(path)) is not text; a secret is visible ASCII")
        }
        return text
    }

    /// systemd makes them root's, and readable to the service through an access list that shows as group permission.
    private func isSystemdCredential(_ path: String, _ content: FileContent) -> Bool {
        guard let directory = credentialsDirectory, path.hasPrefix("\(directory)/") else { return false }
        guard !path.split(separator: "/").contains("..") else { return false }
        return content.owner == 0 && [0o400, 0o440].contains(content.mode)
    }

    /// A path for a message. What does not look like a path may be the secret itself, put there by mistake.
    private func shown(_ path: String) -> String {
        let isPath = path.hasPrefix("/") || path.hasPrefix("./") || path.hasPrefix("../")
        return isPath ? ConfigValue.oneLine(path) : "the file it names"
    }

    private func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
