/*
 * How the gateway's own PJSIP differs from a stock one. Included by every PJSIP source file
 * (pj/config.h), and by anything compiled against it: both sides must see the same values.
 */

/* Stock: 4, and a larger maxCalls at run time is cut down to it. 760 KB of static memory. */
#define PJSUA_MAX_CALLS 1024

/* Two bridge ports a call: its media stream, and the gateway's port joined to it. The rest is for
 * tones and recordings. Stock: 254. */
#define PJSUA_MAX_CONF_PORTS 4096

/* One account a trunk registration, plus one a local transport. Stock: 8. */
#define PJSUA_MAX_ACC 64

/* Two sockets a call (RTP and RTCP), the SIP transports, and connections of TCP and TLS peers.
 * With epoll the number bounds memory, not speed. Stock: 64. */
#define PJ_IOQUEUE_MAX_HANDLES 8192

/* Buckets of the hash tables, not limits; 2^n-1. An ended transaction stays up to 32 s
 * (RFC 3261 s. 17.2, timers H and J), so 100 calls a second with an INVITE and a BYE each keep
 * more than 6 000 of them. What is made for them, and for a timer of each, there is from the start. Stock: 1023 and
 * 511. */
#define PJSIP_MAX_TSX_COUNT 16383
#define PJSIP_MAX_DIALOG_COUNT 16383

/* What a call has twice, whether it uses it or not, 600 bytes each. Stock: 16. */
#define PJMEDIA_MAX_SDP_MEDIA 8

/* Room for any datagram (RFC 3261 s. 18.1.1), so that none is read in part and taken for what it is not. What is
 * too long for us is answered 513 (framing.cpp). Messages that are sent take as much as they need (patches/0035,
 * 0052). Stock: 4000. */
#define PJSIP_MAX_PKT_LEN 65536

/* Connections that the kernel completes while we are busy. With the stock 5 every tenth of a burst found the
 * queue full and asked again a second later. The kernel cuts it to net.core.somaxconn (4096). */
#define PJSIP_TCP_TRANSPORT_BACKLOG 1024

/* The same for TLS: PJSIP_TLS_TRANSPORT_BACKLOG is read by nobody (2.17). */
#define PJ_SOMAXCONN 1024

/* Phone calls carry sound. Leaving video out removes its event thread and its SDP lines. */
#define PJMEDIA_HAS_VIDEO 0

/* Stock: 1, which sends a call's audio to whichever address sends more packets to its port: anyone
 * who guesses the port could listen. The gateway learns a NATed peer's address itself, once. */
#define PJMEDIA_TRANSPORT_SWITCH_REMOTE_ADDR 0

/* Each of our queues is polled by one thread, so a socket need not be taken off the queue and put back
 * around every packet for the sake of a second one: two cheap system calls instead of four dear ones. */
#define PJ_IOQUEUE_DEFAULT_EPOLL_FLAGS 0

/* Stock: each RTP socket at 0.0.0.0 asks the name server for this host's own name, to learn an address that
 * the routing table knows, too. */
#define PJ_GETHOSTIP_DISABLE_LOCAL_RESOLUTION 1

/* Calls, their audio and their registrations also go over IPv6. Stock: 0. */
#define PJ_HAS_IPV6 1

/* Keys of SRTP that are agreed upon in the audio's own path (RFC 5764), where there is an OpenSSL. Stock: 0. */
#if defined(PJ_HAS_SSL_SOCK) && PJ_HAS_SSL_SOCK
#define PJMEDIA_SRTP_HAS_DTLS 1
#endif

/* A registration is refreshed, and a call of ours goes on, with the last challenge answered anew, as long as the
 * other side takes it. Stock: 0, each request is refused once before it is sent with an answer. */
#define PJSIP_AUTH_AUTO_SEND_NEXT 1

/* Times that one request answers a challenge whose nonce is another than before: the first may have been too old,
 * the second is a wrong password. Stock: 3. */
#define PJSIP_MAX_STALE_COUNT 2

/* PJSIP's own parts and ours that look at messages. Stock: 32, of which one was left. */
#define PJSIP_MAX_MODULE 64
