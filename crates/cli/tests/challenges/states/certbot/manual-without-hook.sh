# Somebody has put the token there by hand.
# renewal: An authentication script must be provided
# nginx: keeps the old certificate
# says: renewal-by-hand
cat >/usr/local/bin/put-token <<'END'
#!/bin/sh
mkdir -p /var/www/html/.well-known/acme-challenge
printf %s "$CERTBOT_VALIDATION" >/var/www/html/.well-known/acme-challenge/"$CERTBOT_TOKEN"
END
chmod +x /usr/local/bin/put-token
certbot certonly --manual --manual-auth-hook put-token --domain example.com
sed -i '/^manual_auth_hook/d' /etc/letsencrypt/renewal/example.com.conf
enable tls
