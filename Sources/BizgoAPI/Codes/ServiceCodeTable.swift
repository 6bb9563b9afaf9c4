// Generated from service-codes.tsv by deploy/generate-codes. Edit the table, not this file.

/// The codes of the two envelope layers: layer, code, HTTP status, class, gloss.
package enum ServiceCodeTable {
    /// The lines of the table without its heading, columns separated by tabs.
    static let lines = #"""
        gateway	A000	-	success	gateway passed the call; check service code too
        gateway	A100	-	unknown	general failure, cause unstated
        gateway	A301	-	unknown	permanent redirect, unexpected for this API
        gateway	A302	-	unknown	temporary redirect (found), unexpected
        gateway	A303	-	unknown	pointed to another location, unexpected
        gateway	A304	-	unknown	nothing modified, unexpected
        gateway	A307	-	unknown	temporary redirect, unexpected
        gateway	A308	-	unknown	permanent redirect keeping method, unexpected
        gateway	A400	-	request	request is malformed
        gateway	A401	-	auth	API key missing or refused
        gateway	A403	-	auth	access denied for this caller
        gateway	A404	-	request	path or resource not found
        gateway	A405	-	request	HTTP method not accepted
        gateway	A406	-	request	requested form cannot be served
        gateway	A407	-	unknown	intermediate proxy wants authentication
        gateway	A413	-	request	request body too large
        gateway	A414	-	request	URL too long
        gateway	A415	-	request	content type unsupported
        gateway	A500	-	transient	server internal error
        gateway	A501	-	request	function not implemented by server
        gateway	A502	-	transient	upstream gave a bad answer
        gateway	A503	-	transient	service temporarily unavailable
        gateway	A504	-	transient	upstream answered too late
        gateway	A511	-	unknown	network-level authentication wanted
        service	A000	200	success	request was accepted
        service	A001	401	auth	token out of date
        service	A002	403	auth	token invalid or lacks rights
        service	A010	400	request	body JSON unreadable
        service	A011	400	request	body JSON does not fit the model
        service	A020	429	rate-limit	calls per second exceeded
        service	A100	401	auth	credentials are wrong
        service	A110	403	auth	account is blocked
        service	A111	403	auth	account is blocked (second code)
        service	A113	403	unknown	expiry setting value invalid, meaning unclear
        service	A213	400	request	wrong request (file/general)
        service	A217	400	request	file key invalid
        service	A219	400	request	service type invalid (also a query filter)
        service	A220	400	request	message type invalid
        service	A300	400	request	send request wrong
        service	A301	400	duplicate	idempotency key already processed; earlier send stands
        service	A302	400	request	sender number empty or invalid
        service	A303	400	request	text empty or invalid
        service	A304	400	request	time-to-live empty or invalid
        service	A305	400	request	reference field empty or invalid
        service	A306	400	request	recipient number empty or invalid
        service	A307	400	request	no recipient identifier given
        service	A308	400	request	idempotency key empty or too long
        service	A309	400	request	idempotency TTL absent or outside 0-86400 s
        service	A310	400	request	payment code too long
        service	A311	400	request	group key empty or invalid (also query filter)
        service	A312	400	request	fallback type empty or invalid
        service	A313	400	request	client sub ID empty or invalid
        service	A314	400	request	fallback text empty or invalid
        service	A317	400	request	too many fallback file keys
        service	A318	400	request	over 200 recipients in one request
        service	A319	400	request	too many file keys
        service	A320	400	not-permitted	remaining message allowance used up; person must act
        service	A321	400	request	international SMS cannot have title or file
        service	A322	400	request	text stopped by spam filter
        service	A323	400	request	sender number stopped by spam filter
        service	A324	400	request	recipient number stopped by spam filter
        service	A325	400	not-permitted	key has no right to this sending channel
        service	A326	400	not-permitted	key has no right to fallback sending
        service	A327	400	request	sender number not registered
        service	A328	400	request	text too long
        service	A329	400	request	fallback text too long
        service	A401	400	request	payment code empty or invalid (not auth)
        service	A402	400	request	client sub ID empty or invalid (second code)
        service	A403	400	request	transfer time empty or invalid (not auth)
        service	A404	400	request	format ID empty or invalid (not missing resource)
        service	A406	400	request	RCS button empty or invalid
        service	A407	400	request	copy-allowed flag empty or invalid
        service	A408	400	request	expiry option empty or invalid
        service	A413	400	request	agency ID empty or invalid
        service	A415	400	request	RCS content empty or invalid
        service	A418	400	request	agency key empty or invalid
        service	A419	400	request	brand ID empty or invalid
        service	A420	400	request	brand key empty or invalid
        service	A501	400	request	response method empty or invalid
        service	A502	400	request	Kakao sender key empty or invalid (not transient)
        service	A503	400	request	button empty or invalid (not transient)
        service	A505	400	request	template code empty or invalid
        service	A523	400	request	Kakao message type empty or invalid
        service	A601	400	request	Naver partner key empty or invalid
        service	A602	400	request	Naver product code invalid
        service	A801	400	not-permitted	key may not use report polling
        service	A802	403	request	polling report ID invalid (403, not auth)
        service	A820	400	no-data	requested data does not exist
        service	A821	400	unknown	session expired or absent, which is unstated
        service	A910	500	transient	server internal error
        service	A920	503	transient	server busy, temporarily unable
        service	A999	500	unknown	error of unknown kind
        """#
}
