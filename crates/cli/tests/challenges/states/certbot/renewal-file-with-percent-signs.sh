# Percent signs that refer to nothing are no references.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i 's,^authenticator,pre_hook = date +%%Y-%%m-%%d-%(a)\n&,' /etc/letsencrypt/renewal/example.com.conf
