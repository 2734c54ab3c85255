# Automatic renewal is switched off.
# renew: certbot renew
# renewal: does nothing
# nginx: keeps the old certificate
# says: renewal-not-scheduled
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
sed -i 's/^\[renewalparams\]/&\nautorenew = False/; 1i renew_before_expiry = 9999 days' /etc/letsencrypt/renewal/example.com.conf
enable tls
